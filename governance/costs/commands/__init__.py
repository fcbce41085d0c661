"""The commands of costs, called through this module: ``costs.create_pool(...)``."""

from governance.costs.commands.adjusting import adjust_period
from governance.costs.commands.alerts import (
    claim_alerts,
    record_crossings,
    release_alerts,
    sweep_alerts,
)
from governance.costs.commands.anomalies import answer_anomaly, open_anomaly, restate_anomaly
from governance.costs.commands.budgets import (
    approve_budget,
    change_budget,
    reject_budget,
    set_budget,
    transfer_budget,
)
from governance.costs.commands.checking import (
    LostBatch,
    claim_batch,
    hold_batch,
    record_reading,
    refuse_unreadable,
    release_batch,
    sweep_batches,
    tell_progress,
)
from governance.costs.commands.claims import attest_claim, make_claim, reject_claim, withdraw_claim
from governance.costs.commands.closing import (
    close_period,
    finish_closing,
    give_up_closing,
)
from governance.costs.commands.coaching import write_coaching
from governance.costs.commands.compute import record_compute_rate
from governance.costs.commands.deciding import (
    accept_batch,
    order_dates,
    refuse_batch,
    repeat_batch,
    reread_batch,
)
from governance.costs.commands.endings import (
    record_ending,
    record_lesson,
    record_resumption,
    resume_work,
    stop_work,
)
from governance.costs.commands.entries import record_entries
from governance.costs.commands.experiments import (
    ExperimentFields,
    conclude_experiment,
    observe_experiment,
    record_look,
    register_experiment,
)
from governance.costs.commands.exports import (
    LostExport,
    Written,
    claim_export,
    fail_export,
    record_export,
    release_export,
    request_export,
    sweep_exports,
    take_export,
    tell_export,
)
from governance.costs.commands.forecasts import freeze_forecast, score_forecast
from governance.costs.commands.hints import answer_hint, record_hints
from governance.costs.commands.lines import (
    clear_lines,
    copy_lines,
    make_parts,
    make_slices,
    require_whole,
)
from governance.costs.commands.lives import state_life
from governance.costs.commands.periods import (
    ask_reopening,
    grant_reopening,
    record_invoice,
    refuse_reopening,
)
from governance.costs.commands.publishing import PeriodMoved, publish_batch
from governance.costs.commands.rates import RateFields, record_rates
from governance.costs.commands.receiving import ReceivedBatch, receive_batch
from governance.costs.commands.retractions import match_retractions
from governance.costs.commands.rulesets import (
    approve_ruleset,
    draft_ruleset,
    edit_ruleset,
    return_ruleset,
    submit_ruleset,
)
from governance.costs.commands.runs import (
    Computed,
    LostRun,
    claim_run,
    fail_run,
    publish_final_run,
    publish_run,
    record_run,
    release_run,
    request_run,
    store_charges,
    sweep_allocations,
    tell_run,
)
from governance.costs.commands.sources import SourceFields, create_source, edit_source
from governance.costs.commands.statements import publish_commitments, publish_statements
from governance.costs.commands.targets import (
    create_pool,
    edit_target,
    ensure_targets,
    retire_target,
)
from governance.costs.commands.usage import Recorded, record_usage

__all__ = [
    "Computed",
    "ExperimentFields",
    "LostBatch",
    "LostExport",
    "LostRun",
    "PeriodMoved",
    "RateFields",
    "ReceivedBatch",
    "Recorded",
    "SourceFields",
    "Written",
    "accept_batch",
    "adjust_period",
    "answer_anomaly",
    "answer_hint",
    "approve_budget",
    "approve_ruleset",
    "ask_reopening",
    "attest_claim",
    "change_budget",
    "claim_alerts",
    "claim_batch",
    "claim_export",
    "claim_run",
    "clear_lines",
    "close_period",
    "conclude_experiment",
    "copy_lines",
    "create_pool",
    "create_source",
    "draft_ruleset",
    "edit_ruleset",
    "edit_source",
    "edit_target",
    "ensure_targets",
    "fail_export",
    "fail_run",
    "finish_closing",
    "freeze_forecast",
    "give_up_closing",
    "grant_reopening",
    "hold_batch",
    "make_claim",
    "make_parts",
    "make_slices",
    "match_retractions",
    "observe_experiment",
    "open_anomaly",
    "order_dates",
    "publish_batch",
    "publish_commitments",
    "publish_final_run",
    "publish_run",
    "publish_statements",
    "receive_batch",
    "record_compute_rate",
    "record_crossings",
    "record_ending",
    "record_entries",
    "record_export",
    "record_hints",
    "record_invoice",
    "record_lesson",
    "record_look",
    "record_rates",
    "record_reading",
    "record_resumption",
    "record_run",
    "record_usage",
    "refuse_batch",
    "refuse_reopening",
    "refuse_unreadable",
    "register_experiment",
    "reject_budget",
    "reject_claim",
    "release_alerts",
    "release_batch",
    "release_export",
    "release_run",
    "repeat_batch",
    "request_export",
    "request_run",
    "require_whole",
    "reread_batch",
    "restate_anomaly",
    "resume_work",
    "retire_target",
    "return_ruleset",
    "score_forecast",
    "set_budget",
    "state_life",
    "stop_work",
    "store_charges",
    "submit_ruleset",
    "sweep_alerts",
    "sweep_allocations",
    "sweep_batches",
    "sweep_exports",
    "take_export",
    "tell_export",
    "tell_progress",
    "tell_run",
    "transfer_budget",
    "withdraw_claim",
    "write_coaching",
]
