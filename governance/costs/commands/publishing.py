"""The moment a batch begins to count: one short transaction, one event."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from governance.access.permissions import require_service
from governance.costs.commands.checking import held, subject_of
from governance.costs.kinds import BatchState, Delivery, Kind, PeriodState
from governance.costs.models import (
    BatchPart,
    BillingPeriod,
    CostSource,
    ImportBatch,
    PartTotal,
)
from governance.kernel import money
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict
from governance.ledger import commands as ledger


class PeriodMoved(Conflict):
    """A period of the batch was closed, or is being closed, since it was read."""


@transaction.atomic(durable=True)
def publish_batch(*, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Let the batch's parts speak, and those that they replace be silent.

    Parts are replaced by (source, issuer, open billing period); where a later file of the source
    speaks already, the part is taken in and silent at once. Raises ``LostBatch``, ``PeriodMoved``.
    """
    require_service(actor)
    CostSource.objects.locked(batch.source_id)
    row, now = held(batch), timezone.now()
    parts = list(BatchPart.objects.filter(batch=row).select_related("period").order_by("pk"))
    _require_open(parts)
    body = _facts(row, parts)
    BatchPart.objects.filter(batch=row).update(accepted_at=now)
    if row.delivery == Delivery.REPLACE:
        body["replaced"] = _replace(row, parts, now)
    row.state = BatchState.ACCEPTED
    row.reason, row.progress, row.lease_until, row.decided_at = "", "", None, now
    row.save()
    _supersede_silent(row)
    subject = subject_of(row)
    ledger.append(actor=actor, kind=Kind.BATCH_ACCEPTED, subject=subject, body=body)
    return row


def _require_open(parts: Sequence[BatchPart]) -> None:
    keys = [part.period_id for part in parts]
    for period in BillingPeriod.objects.locking().filter(pk__in=keys).order_by("pk"):
        if period.state == PeriodState.CLOSED:
            raise PeriodMoved("period-moved", f"{period} is {period.get_state_display().lower()}.")


def _replace(row: ImportBatch, parts: Sequence[BatchPart], now: datetime) -> list[Json]:
    """Silence the parts that these replace; return which batches they were of."""
    keys = [part.period_id for part in parts]
    others = BatchPart.objects.current().filter(batch__source_id=row.source_id, period__in=keys)
    standing = list(others.exclude(batch=row).select_related("batch"))
    later = {part.period_id: part.batch for part in standing if part.batch.number > row.number}
    for part in parts:
        if (by := later.get(part.period_id)) is not None:
            part.superseded_by, part.superseded_at = by, now
            part.save(update_fields=["superseded_by", "superseded_at"])
    old = [part.pk for part in standing if part.batch.number < row.number]
    BatchPart.objects.filter(pk__in=old).update(superseded_by=row, superseded_at=now)
    return sorted({part.batch.public_id for part in standing if part.pk in set(old)})


def _supersede_silent(row: ImportBatch) -> None:
    """Mark the batches of which no part speaks any more."""
    accepted = ImportBatch.objects.filter(source_id=row.source_id, state=BatchState.ACCEPTED)
    silent = accepted.filter(parts__superseded_by__isnull=False).exclude(
        pk__in=BatchPart.objects.current().values("batch_id")
    )
    ImportBatch.objects.filter(pk__in=list(silent.values_list("pk", flat=True))).update(
        state=BatchState.SUPERSEDED
    )


def named(row: ImportBatch) -> dict[str, Json]:
    return {
        "batch": row.public_id,
        "source": str(row.source_id),
        "digest": row.digest,
        "rows": row.rows_read,
        "rejected": row.rows_rejected,
        "answer": row.answer,
        "answered_by": str(row.decided_by_id) if row.decided_by_id else None,
    }


def _facts(row: ImportBatch, parts: Sequence[BatchPart]) -> dict[str, Json]:
    totals = PartTotal.objects.filter(part__in=parts).select_related("part__period")
    return {
        **named(row),
        "landing": row.landing_digest,
        "accepted": row.rows_accepted,
        "delivery": row.delivery,
        "totals": [
            {
                "issuer": total.part.period.issuer,
                "month": total.part.period.month,
                "currency": total.currency,
                "rows": total.rows,
                "billed": money.to_text(total.billed),
                "effective": money.to_text(total.effective),
            }
            for total in totals.order_by("part__period__issuer", "part__period__start", "currency")
        ],
    }
