"""Every write to a run: people ask and cancel, workers take, record and end."""

from audits.runs.commands.asking import cancel_run, plan_run, request_run
from audits.runs.commands.ending import (
    confirm_cancel,
    fail_run,
    finish_run,
    release_run,
)
from audits.runs.commands.steps import LostLease
from audits.runs.commands.sweeping import sweep_runs
from audits.runs.commands.working import (
    begin_check,
    claim_run,
    record_check,
    renew_lease,
)

__all__ = [
    "LostLease",
    "begin_check",
    "cancel_run",
    "claim_run",
    "confirm_cancel",
    "fail_run",
    "finish_run",
    "plan_run",
    "record_check",
    "release_run",
    "renew_lease",
    "request_run",
    "sweep_runs",
]
