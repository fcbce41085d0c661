"""Every write to the catalogue."""

from inventory.catalog.commands._shared import Received
from inventory.catalog.commands.artifacts import receive_artifact
from inventory.catalog.commands.datasets import (
    create_dataset,
    receive_dataset,
    receive_dataset_version,
)
from inventory.catalog.commands.deployments import end_deployment, record_deployment
from inventory.catalog.commands.environments import record_environment
from inventory.catalog.commands.inspections import (
    claim_inspection,
    record_inspection,
    return_inspection,
)
from inventory.catalog.commands.models import (
    edit_model,
    register_model,
    retire_model,
    share_model,
    unshare_model,
)
from inventory.catalog.commands.use_cases import create_use_case, edit_use_case
from inventory.catalog.commands.versions import create_version

__all__ = [
    "Received",
    "claim_inspection",
    "create_dataset",
    "create_use_case",
    "create_version",
    "edit_model",
    "edit_use_case",
    "end_deployment",
    "receive_artifact",
    "receive_dataset",
    "receive_dataset_version",
    "record_deployment",
    "record_environment",
    "record_inspection",
    "register_model",
    "retire_model",
    "return_inspection",
    "share_model",
    "unshare_model",
]
