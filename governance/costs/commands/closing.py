"""Closing a billing period for good: on the published run, or on a final one computed for it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access.permissions import require_service
from governance.costs.commands.periods import about, opened, record
from governance.costs.commands.runs import queue_run
from governance.costs.kinds import Kind, PeriodState
from governance.costs.models import BillingPeriod
from governance.costs.querysets.closing import batches_of, speaking_run, standing_of
from governance.costs.rules.closing import check_closing, needs_final_run, snapshot
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.ledger import commands as ledger


@transaction.atomic(durable=True)
def close_period(*, actor: Actor, period_id: UUID, reason: str = "") -> BillingPeriod:
    """Close a period: its published run stays for good, later findings become corrections.

    Without a published run that is today's, a final one is queued; the period is closing until a
    worker has published it and closed on it. Raises ``RuleBroken`` while the period goes on, a
    delivery is undecided, or sums are not the bill's, or without ``reason`` when an invoice says
    otherwise.
    """
    row = opened(actor, period_id)
    standing = standing_of(row, timezone.localdate())
    if needs_final_run(standing, reason):
        return _queue_final_run(actor, row, reason)
    ledger.hold()
    return _close(actor, row, reason, asked_by=actor.id)


@transaction.atomic(durable=True)
def finish_closing(*, actor: Actor, period_id: UUID, run_id: UUID) -> BillingPeriod:
    """Close a period on its final run, which has been published; raises as ``close_period``.

    Nothing when it waits for another run by now, or for none.
    """
    require_service(actor)
    row: BillingPeriod = BillingPeriod.objects.locked(period_id)
    if (row.state, row.run_id) != (PeriodState.CLOSING, run_id):
        return row
    ledger.hold()
    return _close(actor, row, row.gap_reason, asked_by=row.closed_by_id)


@transaction.atomic(durable=True)
def give_up_closing(*, actor: Actor, period_id: UUID, run_id: UUID, why: str) -> BillingPeriod:
    """Leave a period open whose final run came to nothing, with what stood against it.

    Nothing when it waits for another run by now, or for none.
    """
    require_service(actor)
    row: BillingPeriod = BillingPeriod.objects.locked(period_id)
    if (row.state, row.run_id) != (PeriodState.CLOSING, run_id):
        return row
    run = row.run
    row.state, row.closing_fault, row.gap_reason = PeriodState.OPEN, why, ""
    row.run = row.closed_by = None
    row.save()
    told = {"run": run.public_id, "why_digest": digest(why)}
    record(actor, Kind.CLOSING_FAILED, row, dict(told))
    return row


def _queue_final_run(actor: Actor, row: BillingPeriod, reason: str) -> BillingPeriod:
    run = queue_run(actor, row.start.replace(day=1))
    row.state, row.run, row.closing_fault = PeriodState.CLOSING, run, ""
    row.gap_reason, row.closed_by_id = reason.strip(), actor.id
    row.save()
    record(actor, Kind.CLOSING_ASKED, row, {"run": run.public_id})
    return row


def _close(
    actor: Actor, row: BillingPeriod, reason: str, *, asked_by: UUID | None
) -> BillingPeriod:
    standing = standing_of(row, timezone.localdate())
    check_closing(standing, reason)
    run = speaking_run(row)
    told = about(row) | {"result_digest": run.result_digest if run else ""}
    frozen = snapshot(told, standing, [batch.digest for batch in batches_of(row)], reason)
    row.state, row.snapshot_digest, row.run = PeriodState.CLOSED, digest(frozen), run
    row.gap_reason, row.closed_at, row.closed_by_id = reason.strip(), timezone.now(), asked_by
    row.closing_fault = ""
    row.reopen_asked_by = row.reopened_by = None
    row.reopen_reason = row.reopen_evidence = ""
    row.save()
    body: dict[str, Json] = {"snapshot": frozen, "digest": row.snapshot_digest}
    record(actor, Kind.PERIOD_CLOSED, row, {**body, "asked_by": str(asked_by)})
    return row
