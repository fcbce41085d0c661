"""What a worker does while it holds a run. Each write is fenced by the worker's own holder id.

A worker that was thought dead and comes back finds another holder in the row and writes nothing:
so a run is never doubled, however long a process slept.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audits.engine.outcome import Outcome
from audits.runs import rules
from audits.runs.commands.ending import end_unclaimed
from audits.runs.commands.steps import held, log, subject_of, worker_body
from audits.runs.kinds import MAX_ATTEMPTS, CheckState, Kind, RunState
from audits.runs.models import AuditRun, CheckRun
from governance.access.permissions import require_service
from governance.kernel.actor import Actor
from governance.kernel.errors import Conflict
from governance.ledger import commands as ledger


@transaction.atomic(durable=True)
def claim_run(*, actor: Actor, run_id: UUID, holder: UUID, isolation: str) -> AuditRun | None:
    """Take a run for ``holder``; None when there is nothing to take.

    The third attempt is the last: a run that was lost three times is failed here, and one whose
    cancellation nobody was left to confirm is cancelled.
    """
    require_service(actor)
    now = timezone.now()
    claimable = AuditRun.objects.claimable(now).filter(pk=run_id)
    taken = claimable.filter(attempt__lt=MAX_ATTEMPTS, cancel_requested_at=None).update(
        state=RunState.RUNNING,
        attempt=F("attempt") + 1,
        lease_holder=holder,
        lease_until=_lease(now, now),
        started_at=now,
        isolation=isolation,
    )
    if not taken:
        end_unclaimed(actor, claimable.select_for_update(of=("self",)).first())
        return None
    run = AuditRun.objects.with_subject().get(pk=run_id)
    _reset(run)
    log(run, f"Attempt {run.attempt} began ({isolation}).")
    body = {**worker_body(run, holder), "isolation": isolation}
    ledger.append(actor=actor, kind=Kind.RUN_STARTED, subject=subject_of(run), body={**body})
    return run


@transaction.atomic(durable=True)
def renew_lease(*, actor: Actor, run_id: UUID, holder: UUID) -> None:
    """Say that the worker lives."""
    require_service(actor)
    run = held(run_id, holder)
    run.lease_until = _lease(timezone.now(), run.started_at)
    run.save(update_fields=["lease_until"])


@transaction.atomic(durable=True)
def begin_check(*, actor: Actor, run_id: UUID, holder: UUID, position: int) -> None:
    require_service(actor)
    run = held(run_id, holder)
    now = timezone.now()
    CheckRun.objects.filter(run=run, position=position, state=CheckState.WAITING).update(
        state=CheckState.RUNNING, started_at=now
    )


@transaction.atomic(durable=True)
def record_check(
    *, actor: Actor, run_id: UUID, holder: UUID, position: int, outcome: Outcome
) -> CheckRun:
    """Keep what a check found; raises ``LostLease``, or ``Conflict`` when it is kept already."""
    require_service(actor)
    run = held(run_id, holder)
    check = CheckRun.objects.select_for_update().get(run=run, position=position)
    if check.state == CheckState.DONE or check.check_id != outcome.check:
        raise Conflict("check-recorded", f"{check.public_id} has its outcome already.")
    body, digest = rules.storable(outcome)
    now = timezone.now()
    check.state, check.verdict = CheckState.DONE, outcome.verdict.value
    check.outcome, check.outcome_digest = body, digest
    check.seconds, check.finished_at = outcome.seconds, now
    check.started_at = check.started_at or now
    check.save()
    log(run, f"{check.title}: {outcome.verdict.value} ({outcome.seconds:.1f} s).")
    return check


def _lease(now: datetime, started: datetime | None) -> datetime:
    """A worker may be silent only briefly, and hold a run only so long in all."""
    last = (started or now) + timedelta(seconds=settings.ASSAY_RUN_LEASE)
    return min(now + timedelta(seconds=settings.ASSAY_RUN_SILENCE), last)


def _reset(run: AuditRun) -> None:
    """Forget what an earlier attempt recorded: all outcomes of a run come from one attempt."""
    CheckRun.objects.filter(run=run).exclude(state=CheckState.WAITING).update(
        state=CheckState.WAITING,
        verdict="",
        outcome=None,
        outcome_digest="",
        seconds=None,
        started_at=None,
        finished_at=None,
    )
