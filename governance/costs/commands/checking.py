"""What a worker does while it reads a batch. Each write is fenced by the attempt it was claimed as.

A worker that was thought dead and comes back finds another attempt in the row and writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from governance.access.permissions import require_service
from governance.costs.kinds import IMPORT, MAX_ATTEMPTS, QUEUE, BatchState, Kind
from governance.costs.models import ImportBatch, RejectedRow
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject

LEASE = timedelta(minutes=10)
LOST_TOO_OFTEN = "Its worker was lost three times; it is not tried again."
_PIECE = 1000


class LostBatch(Conflict):
    """Another worker has the batch, or it is over: stop, and write nothing more."""


@transaction.atomic(durable=True)
def claim_batch(*, actor: Actor, batch_id: UUID) -> ImportBatch | None:
    """Take a batch for reading, or None when another worker has it or it is done."""
    require_service(actor)
    now = timezone.now()
    claimable = ImportBatch.objects.claimable(now).filter(pk=batch_id)
    taken = claimable.filter(attempt__lt=MAX_ATTEMPTS).update(
        state=BatchState.CHECKING,
        attempt=F("attempt") + 1,
        lease_until=now + LEASE,
        progress="Opening the file",
    )
    return ImportBatch.objects.select_related("source").get(pk=batch_id) if taken else None


@transaction.atomic(durable=True)
def tell_progress(*, actor: Actor, batch: ImportBatch, text: str) -> None:
    """Say how far it is, and that the worker lives; raises ``LostBatch``."""
    require_service(actor)
    mine = ImportBatch.objects.held_by(batch.pk, batch.attempt)
    if not mine.update(progress=text[:200], lease_until=timezone.now() + LEASE):
        raise LostBatch("lost-batch", "Another worker has this batch, or it is over.")


@transaction.atomic(durable=True)
def record_reading(
    *,
    actor: Actor,
    batch: ImportBatch,
    values: Mapping[str, Any],
    rejected: Iterable[RejectedRow],
) -> ImportBatch:
    """Keep what reading found: counts, findings, and the rows that were not taken."""
    require_service(actor)
    row = held(batch)
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    RejectedRow.objects.filter(batch=row).delete()
    rows = iter(rejected)
    while piece := list(islice(rows, _PIECE)):
        RejectedRow.objects.bulk_create(piece)
    return row


@transaction.atomic(durable=True)
def hold_batch(*, actor: Actor, batch: ImportBatch, reasons: Sequence[str]) -> ImportBatch:
    """Leave a batch to a person; nothing of it counts until then."""
    require_service(actor)
    row = held(batch)
    row.state, row.reason = BatchState.HELD, "\n".join(reasons)
    _close(actor, row, Kind.BATCH_HELD, {"reasons": list(reasons)})
    return row


@transaction.atomic(durable=True)
def refuse_unreadable(*, actor: Actor, batch: ImportBatch, code: str, message: str) -> ImportBatch:
    """Refuse a file that is no bill, or one that no worker could bring to its end."""
    require_service(actor)
    row = held(batch)
    row.state, row.reason = BatchState.REFUSED, message
    row.facts = {**row.facts, "code": code}
    _close(actor, row, Kind.BATCH_REFUSED, {"code": code, "reason": message})
    return row


@transaction.atomic(durable=True)
def release_batch(*, actor: Actor, batch: ImportBatch, reason: str, again: bool = False) -> None:
    """Give a batch back after something that may pass. ``again``: through no fault of its own, so
    that the attempt does not count.
    """
    require_service(actor)
    row = held(batch)
    row.state, row.progress = BatchState.RECEIVED, f"Trying again: {reason}"[:200]
    row.lease_until = timezone.now() + timedelta(seconds=5)
    row.attempt = row.attempt - 1 if again else row.attempt
    row.save(update_fields=["state", "progress", "lease_until", "attempt"])


@transaction.atomic(durable=True)
def sweep_batches(*, actor: Actor, most: int = 200) -> list[UUID]:
    """Send again what no worker may know of, and refuse what was lost too often."""
    require_service(actor)
    claimable = ImportBatch.objects.claimable(timezone.now()).order_by("received_at")
    for row in claimable.filter(attempt__gte=MAX_ATTEMPTS).locking():
        row.state, row.reason = BatchState.REFUSED, row.progress or LOST_TOO_OFTEN
        _close(actor, row, Kind.BATCH_REFUSED, {"code": "lost", "reason": row.reason})
    found = list(claimable.filter(attempt__lt=MAX_ATTEMPTS).values_list("pk", flat=True)[:most])
    for batch_id in found:
        enqueue(IMPORT, str(batch_id), queue=QUEUE)
    return found


def held(batch: ImportBatch) -> ImportBatch:
    """Return the batch under lock; raises ``LostBatch`` unless this attempt still has it."""
    mine = ImportBatch.objects.held_by(batch.pk, batch.attempt)
    row = mine.locking().select_related("source").first()
    if row is None:
        raise LostBatch("lost-batch", "Another worker has this batch, or it is over.")
    return row


def subject_of(row: ImportBatch) -> Subject:
    return Subject("costs.batch", row.pk)


def _close(actor: Actor, row: ImportBatch, kind: Kind, body: Mapping[str, Json]) -> None:
    row.lease_until, row.progress = None, ""
    row.save()
    told: dict[str, Json] = {"batch": row.public_id, "digest": row.digest, **body}
    ledger.append(actor=actor, kind=kind, subject=subject_of(row), body=told)
