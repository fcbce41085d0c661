"""How a run ends: with results, without them, or unwanted."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audits.engine.outcome import Outcome, Verdict
from audits.runs import rules
from audits.runs.commands.steps import held, log, subject_of, worker_body
from audits.runs.kinds import EXECUTE, MAX_ATTEMPTS, QUEUE, Action, CheckState, Kind
from audits.runs.models import AuditRun, CheckRun
from governance.access.permissions import require_service
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger

LOST_TOO_OFTEN = "Its worker was lost three times; it is not tried again."
STOPPED = "Cancelled while it ran; the checks that had ended are kept for reading."


@transaction.atomic(durable=True)
def finish_run(*, actor: Actor, run_id: UUID, holder: UUID, peak_bytes: int | None) -> AuditRun:
    """Complete a run whose checks all have an outcome; raises ``Conflict`` when one lacks it."""
    require_service(actor)
    run = held(run_id, holder)
    checks = list(CheckRun.objects.filter(run=run).order_by("position"))
    if any(check.state != CheckState.DONE for check in checks):
        raise Conflict("checks-missing", "A check has no outcome yet; the run is not complete.")
    run.state = rules.next_state(run.state, Action.FINISH)
    run.results_digest = rules.results_digest((c.check_id, c.outcome_digest) for c in checks)
    run.verdict = rules.worst(check.verdict for check in checks)
    run.peak_bytes = peak_bytes
    _close(run)
    log(run, f"Completed: {run.verdict}.")
    body = {**worker_body(run, holder), **_findings(run, checks)}
    ledger.append(actor=actor, kind=Kind.RUN_COMPLETED, subject=subject_of(run), body=body)
    return run


def _findings(run: AuditRun, checks: Sequence[CheckRun]) -> dict[str, Json]:
    return {
        "version": str(run.version_id),
        "plan": run.plan_digest,
        "results": run.results_digest,
        "verdict": run.verdict,
        "isolation": run.isolation,
        "checks": [
            {
                "evidence": check.number,
                "check": check.check_id,
                "verdict": check.verdict,
                "outcome": check.outcome_digest,
            }
            for check in checks
        ],
    }


@transaction.atomic(durable=True)
def fail_run(*, actor: Actor, run_id: UUID, holder: UUID, reason: str) -> AuditRun:
    """End a run for good without results; its open checks become ``error``."""
    require_service(actor)
    run = held(run_id, holder)
    _fail(actor, run, reason)
    return run


@transaction.atomic(durable=True)
def release_run(*, actor: Actor, run_id: UUID, holder: UUID, reason: str) -> AuditRun:
    """End an attempt whose cause may pass, and queue the next one; the third is the last."""
    require_service(actor)
    run = held(run_id, holder)
    if run.attempt >= MAX_ATTEMPTS:
        _fail(actor, run, f"{reason} This was the third attempt; it is not tried again.")
        return run
    run.state = rules.next_state(run.state, Action.RELEASE)
    run.lease_until = run.lease_holder = None
    run.sent_at, run.sends = timezone.now(), 1
    run.save(update_fields=["state", "lease_until", "lease_holder", "sent_at", "sends"])
    log(run, f"Attempt {run.attempt} ended: {reason} It will be tried again.")
    body: dict[str, Json] = {**worker_body(run, holder), "reason": reason}
    ledger.append(actor=actor, kind=Kind.RUN_RELEASED, subject=subject_of(run), body=body)
    enqueue(EXECUTE, str(run.pk), queue=QUEUE)
    return run


@transaction.atomic(durable=True)
def confirm_cancel(*, actor: Actor, run_id: UUID, holder: UUID) -> AuditRun:
    """End a running run whose cancellation was asked for and has happened."""
    require_service(actor)
    run = held(run_id, holder)
    _cancel(actor, run)
    return run


def end_unclaimed(actor: Actor, run: AuditRun | None) -> None:
    """End a locked run that may not be claimed again; does nothing for None."""
    if run is None:
        return
    if run.cancel_requested_at is not None:
        _cancel(actor, run)
    elif run.attempt >= MAX_ATTEMPTS:
        _fail(actor, run, LOST_TOO_OFTEN)


def _cancel(actor: Actor, run: AuditRun) -> None:
    run.state = rules.next_state(run.state, Action.CANCEL)
    run.reason = STOPPED
    _close(run)
    CheckRun.objects.filter(run=run, state=CheckState.RUNNING).update(
        state=CheckState.WAITING, started_at=None
    )
    log(run, "Cancelled.")
    body: dict[str, Json] = {"attempt": run.attempt}
    ledger.append(actor=actor, kind=Kind.RUN_CANCELLED, subject=subject_of(run), body=body)


def _fail(actor: Actor, run: AuditRun, reason: str) -> None:
    run.state = rules.next_state(run.state, Action.FAIL)
    run.reason, run.verdict = reason, Verdict.ERROR.value
    _close(run)
    now = timezone.now()
    for check in CheckRun.objects.filter(run=run).exclude(state=CheckState.DONE):
        body, digest = rules.storable(Outcome(check.check_id, 0, Verdict.ERROR, reason))
        check.state, check.verdict = CheckState.DONE, Verdict.ERROR.value
        check.outcome, check.outcome_digest, check.finished_at = body, digest, now
        check.save()
    log(run, f"Failed: {reason}")
    ledger.append(
        actor=actor,
        kind=Kind.RUN_FAILED,
        subject=subject_of(run),
        body={"attempt": run.attempt, "version": str(run.version_id), "reason": reason},
    )


def _close(run: AuditRun) -> None:
    run.finished_at = timezone.now()
    run.lease_until = run.lease_holder = None
    run.save()
