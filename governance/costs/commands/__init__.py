"""The commands of costs, called through this module: ``costs.create_pool(...)``."""

from governance.costs.commands.claims import attest_claim, make_claim, reject_claim, withdraw_claim
from governance.costs.commands.experiments import (
    ExperimentFields,
    conclude_experiment,
    observe_experiment,
    record_look,
    register_experiment,
)
from governance.costs.commands.hints import answer_hint, record_hints
from governance.costs.commands.rulesets import (
    approve_ruleset,
    draft_ruleset,
    edit_ruleset,
    return_ruleset,
    submit_ruleset,
)
from governance.costs.commands.targets import (
    create_pool,
    edit_target,
    ensure_targets,
    retire_target,
)
from governance.costs.commands.usage import Recorded, record_usage

__all__ = [
    "ExperimentFields",
    "Recorded",
    "answer_hint",
    "approve_ruleset",
    "attest_claim",
    "conclude_experiment",
    "create_pool",
    "draft_ruleset",
    "edit_ruleset",
    "edit_target",
    "ensure_targets",
    "make_claim",
    "observe_experiment",
    "record_hints",
    "record_look",
    "record_usage",
    "register_experiment",
    "reject_claim",
    "retire_target",
    "return_ruleset",
    "submit_ruleset",
    "withdraw_claim",
]
