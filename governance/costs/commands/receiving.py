"""A delivered file is kept and hashed; what is in it is read by a worker."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.kinds import IMPORT, QUEUE, Delivery, Kind
from governance.costs.models import CostSource, ImportBatch
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import RuleBroken
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.ledger.numbers import next_number
from inventory.catalog import storage
from inventory.catalog.rules.fields import require_digest, tidy_file_name
from inventory.catalog.uploads import require_within_cap, sha256_of

VERSIONS = ("", "1.0", "1.1", "1.2", "1.3", "1.4")


@dataclass(frozen=True, slots=True)
class ReceivedBatch:
    """``fresh`` is False when these bytes came before and nothing was written."""

    row: ImportBatch
    fresh: bool


def receive_batch(
    *,
    actor: Actor,
    source_id: UUID,
    upload: "UploadedFile[Any]",
    sha256: str | None = None,
    delivery: str = "",
    focus: str = "",
) -> ReceivedBatch:
    """Keep a file of a source; the same bytes again give the batch that they made first.

    ``delivery`` and ``focus`` (a FOCUS version) are what the sender says; the source's own way and
    what the columns tell hold otherwise. Raises ``TooLarge``, or ``RuleBroken`` for another digest.
    """
    source = CostSource.objects.get_visible(actor, source_id)
    permissions.require(actor, Permission.COST_IMPORT, source)
    require_within_cap(upload)
    _require_known(delivery, focus)
    digest = sha256_of(upload)
    require_digest(sha256, digest)
    storage.keep(upload, digest)
    row = ImportBatch(
        source=source,
        file_name=tidy_file_name(upload.name),
        digest=digest,
        size=upload.size or 0,
        delivery=delivery or source.delivery,
        focus_declared=focus,
        received_by_id=actor.id,
    )
    with transaction.atomic(durable=True):
        return record_received(actor, row)


def record_received(actor: Actor, row: ImportBatch) -> ReceivedBatch:
    """A step inside a command's transaction: batch, event and task, or the first batch."""
    known = _first(row)
    if known is not None:
        return ReceivedBatch(known, fresh=False)
    try:
        with transaction.atomic():
            row.number = next_number("batch")
            row.save(force_insert=True)
    except IntegrityError:
        raced = ImportBatch.objects.get(source=row.source, digest=row.digest, again_of=None)
        return ReceivedBatch(raced, fresh=False)
    body: dict[str, Json] = {
        "batch": row.public_id,
        "source": str(row.source_id),
        "digest": row.digest,
        "size": row.size,
        "delivery": row.delivery,
        "again_of": str(row.again_of_id) if row.again_of_id else None,
        "answer": row.answer,
    }
    subject = Subject("costs.batch", row.pk)
    ledger.append(actor=actor, kind=Kind.BATCH_RECEIVED, subject=subject, body=body)
    enqueue(IMPORT, str(row.pk), queue=QUEUE)
    return ReceivedBatch(row, fresh=True)


def _first(row: ImportBatch) -> ImportBatch | None:
    if row.again_of_id is not None:
        return None
    same = ImportBatch.objects.filter(source=row.source, digest=row.digest, again_of=None)
    return same.first()


def _require_known(delivery: str, focus: str) -> None:
    if delivery and delivery not in Delivery.values:
        message = f"delivery is one of: {', '.join(Delivery.values)}."
        raise RuleBroken("bad-value", message, errors={"delivery": [message]})
    if focus not in VERSIONS:
        message = f"FOCUS versions are {', '.join(VERSIONS[1:])}."
        raise RuleBroken("bad-value", message, errors={"focus": [message]})
