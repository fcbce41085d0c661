"""The commands of costs, called through this module: ``costs.create_pool(...)``."""

from governance.costs.commands.targets import (
    create_pool,
    edit_target,
    ensure_targets,
    retire_target,
)
from governance.costs.commands.usage import Recorded, record_usage

__all__ = [
    "Recorded",
    "create_pool",
    "edit_target",
    "ensure_targets",
    "record_usage",
    "retire_target",
]
