"""What people decide about a batch: take it in spite of what was found, or not, or once more."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.access.proofs import Reauthentication, check_proof
from governance.costs.commands.checking import subject_of
from governance.costs.commands.checks import require_signed_in, words
from governance.costs.commands.receiving import record_received
from governance.costs.commands.sources import put_in_order
from governance.costs.kinds import IMPORT, QUEUE, BatchState, DateOrder, Kind
from governance.costs.models import CostSource, ImportBatch
from governance.costs.rules import importing as rules
from governance.costs.rules.refusals import DATE_ORDER_NEEDED
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Conflict, RuleBroken
from governance.kernel.tasks import enqueue
from governance.ledger import commands as ledger

_DEMAND = "Say why, so that whoever reads the totals later understands."


@transaction.atomic(durable=True)
def accept_batch(
    *, actor: Actor, batch_id: UUID, reason: str, proof: Reauthentication | None
) -> ImportBatch:
    """Have a held batch taken in spite of what was found; somebody else than its sender signs so.

    A worker reads it again and publishes it, so that what happened meanwhile counts as well. Raises
    ``RuleBroken`` for its sender, ``NotPermitted`` for a token or a stale ``proof``.
    """
    row = _locked(actor, batch_id)
    row.answer = words("reason", reason, _DEMAND)
    if row.state != BatchState.HELD:
        raise Conflict("batch-state", "Only a batch that is held waits for an answer.")
    if row.received_by_id == actor.id:
        message = "Somebody else than its sender accepts a batch in spite of what was found."
        raise RuleBroken("four-eyes", message)
    require_signed_in(actor)
    strength = check_proof(proof, actor.id, timezone.now())
    row.decided_by_id, row.decided_at = actor.id, timezone.now()
    _again(actor, row, "accepted", strength=strength.value)
    return row


@transaction.atomic(durable=True)
def reread_batch(*, actor: Actor, batch_id: UUID) -> ImportBatch:
    """Read a held or refused file again: its source's terms, or a period, may be others by now."""
    row = _locked(actor, batch_id)
    row.answer, row.decided_by_id, row.decided_at = "", None, None
    _again(actor, row, "read again")
    return row


@transaction.atomic(durable=True)
def order_dates(*, actor: Actor, batch_id: UUID, order: str) -> ImportBatch:
    """Say how the batch's source writes dates with slashes, and have the batch read again.

    The order holds for all that the source sends. Raises ``RuleBroken`` for no order, ``Conflict``
    for a batch that does not ask, or a source whose order was said meanwhile.
    """
    source = CostSource.objects.locked(ImportBatch.objects.get_visible(actor, batch_id).source_id)
    row = _locked(actor, batch_id)
    if order not in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST):
        message = "Say whether the day or the month comes first: dmy or mdy."
        raise RuleBroken(DATE_ORDER_NEEDED, message, errors={"order": [message]})
    if row.state != BatchState.HELD or row.facts.get("code") != DATE_ORDER_NEEDED:
        raise Conflict("batch-state", f"{row.public_id} does not ask for an order of dates.")
    put_in_order(actor, source, DateOrder(order))
    _again(actor, row, "dates put in order", order=order)
    return row


@transaction.atomic(durable=True)
def refuse_batch(*, actor: Actor, batch_id: UUID, reason: str) -> ImportBatch:
    """Refuse a held batch for good."""
    row = _locked(actor, batch_id)
    row.state = rules.after(row.state, "refuse")
    row.answer = words("reason", reason, _DEMAND)
    row.decided_by_id, row.decided_at = actor.id, timezone.now()
    row.save()
    body: dict[str, Json] = {"batch": row.public_id, "digest": row.digest, "reason": row.answer}
    ledger.append(actor=actor, kind=Kind.BATCH_REFUSED, subject=subject_of(row), body=body)
    return row


@transaction.atomic(durable=True)
def repeat_batch(*, actor: Actor, batch_id: UUID, reason: str) -> ImportBatch:
    """Make a superseded batch current again: its bytes come once more, as a batch of their own.

    What was said and seen between stays as it was.
    """
    row = _locked(actor, batch_id)
    answer = words("reason", reason, _DEMAND)
    if row.state != BatchState.SUPERSEDED:
        raise Conflict("batch-state", "Only a superseded batch can be made current again.")
    again = ImportBatch(
        source=row.source,
        file_name=row.file_name,
        digest=row.digest,
        size=row.size,
        delivery=row.delivery,
        focus_declared=row.focus_declared,
        again_of=row,
        answer=answer,
        received_by_id=actor.id,
        decided_by_id=actor.id,
    )
    return record_received(actor, again).row


def _locked(actor: Actor, batch_id: UUID) -> ImportBatch:
    row = ImportBatch.objects.locked(ImportBatch.objects.get_visible(actor, batch_id).pk)
    permissions.require(actor, Permission.COST_IMPORT, row, view=Permission.COST_VIEW)
    return row


def _again(actor: Actor, row: ImportBatch, how: str, **more: Json) -> None:
    row.state = rules.after(row.state, "answer")
    row.attempt, row.lease_until, row.reason, row.progress = 0, None, "", ""
    row.save()
    body: dict[str, Json] = {"batch": row.public_id, "how": how, "reason": row.answer, **more}
    ledger.append(actor=actor, kind=Kind.BATCH_ANSWERED, subject=subject_of(row), body=body)
    enqueue(IMPORT, str(row.pk), queue=QUEUE)
