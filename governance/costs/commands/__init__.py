"""The commands of costs, called through this module: ``costs.create_pool(...)``."""

from governance.costs.commands.anomalies import (
    answer_anomaly,
    open_anomaly,
    restate_anomaly,
)
from governance.costs.commands.budgets import (
    approve_budget,
    change_budget,
    record_crossings,
    reject_budget,
    set_budget,
    transfer_budget,
)
from governance.costs.commands.claims import (
    attest_claim,
    make_claim,
    reject_claim,
    withdraw_claim,
)
from governance.costs.commands.experiments import (
    ExperimentFields,
    conclude_experiment,
    observe_experiment,
    record_look,
    register_experiment,
)
from governance.costs.commands.forecasts import (
    freeze_forecast,
    score_forecast,
)
from governance.costs.commands.hints import (
    answer_hint,
    record_hints,
)
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
from governance.costs.commands.usage import (
    Recorded,
    record_usage,
)

__all__ = [
    "ExperimentFields",
    "Recorded",
    "answer_anomaly",
    "answer_hint",
    "approve_budget",
    "approve_ruleset",
    "attest_claim",
    "change_budget",
    "conclude_experiment",
    "create_pool",
    "draft_ruleset",
    "edit_ruleset",
    "edit_target",
    "ensure_targets",
    "freeze_forecast",
    "make_claim",
    "observe_experiment",
    "open_anomaly",
    "record_crossings",
    "record_hints",
    "record_look",
    "record_usage",
    "register_experiment",
    "reject_budget",
    "reject_claim",
    "restate_anomaly",
    "retire_target",
    "return_ruleset",
    "score_forecast",
    "set_budget",
    "submit_ruleset",
    "transfer_budget",
    "withdraw_claim",
]
