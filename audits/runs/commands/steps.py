"""Steps that several commands share; each runs inside its caller's transaction."""

from uuid import UUID

from audits.runs.kinds import RunState
from audits.runs.models import AuditRun, RunLogLine
from governance.kernel.errors import Conflict
from governance.ledger.kinds import Subject


class LostLease(Conflict):
    """Another worker has the run, or it is over: stop, and write nothing more."""


def subject_of(run: AuditRun) -> Subject:
    return Subject("runs.run", run.pk)


def log(run: AuditRun, text: str) -> None:
    RunLogLine.objects.create(run=run, attempt=run.attempt, text=text)


def worker_body(run: AuditRun, holder: UUID) -> dict[str, int | str]:
    return {"attempt": run.attempt, "worker": str(holder)}


def held(run_id: UUID, holder: UUID) -> AuditRun:
    """Return the run under lock; raises ``LostLease`` unless ``holder`` still has it."""
    run = (
        AuditRun.objects.select_for_update(of=("self",))
        .filter(pk=run_id, lease_holder=holder, state=RunState.RUNNING)
        .first()
    )
    if run is None:
        raise LostLease("lost-lease", "Another worker has this run, or it is over.")
    return run
