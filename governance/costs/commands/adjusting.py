"""Booking what a later run over a closed month moves: as a batch like any other, summing to 0."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.receiving import ReceivedBatch, record_received
from governance.costs.commands.sources import SourceFields, add_source
from governance.costs.kinds import Delivery, Kind, PeriodState, SourceKind
from governance.costs.models import AllocationRun, BillingPeriod, CostSource, ImportBatch
from governance.costs.querysets.closing import (
    HELD_AGAINST,
    adjustments_of,
    closed_on,
    speaking_run,
)
from governance.costs.rules import adjusting as rules
from governance.costs.rules.adjusting import ISSUER, Booking, adjustment_name, run_in
from governance.costs.rules.invariants import publishable
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, sha256_hex
from governance.kernel.errors import Conflict, RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from inventory.catalog import storage


def adjust_period(*, actor: Actor, period_id: UUID, run_id: UUID) -> ReceivedBatch:
    """Book in this month what the run ``run_id`` would move of a closed month's money.

    That is the money of all issuers whose period of the month is closed. The same run again gives
    the batch that it made first; what earlier adjustments of the month moved is not moved again.
    Raises ``Conflict`` while the period is open, ``RuleBroken`` for a run of another month, one
    that does not hold, or one that would make money.
    """
    period = BillingPeriod.objects.get_visible(actor, period_id)
    permissions.require(actor, Permission.COST_PERIOD_CLOSE, period)
    run = AllocationRun.objects.get_visible(actor, run_id)
    against = _against(period, run)
    if (known := _known(run)) is not None:
        return ReceivedBatch(known, fresh=False)
    lines = rules.moved(run.adjustment, _booked(run.month))
    rules.check_sums(lines)
    into = timezone.now().date().replace(day=1)
    booking = Booking(run.month, into, run.public_id, against.public_id)
    content = rules.as_bill(lines, booking)
    digest = sha256_hex(content)
    storage.keep(SimpleUploadedFile("adjustment.csv", content), digest)
    with transaction.atomic(durable=True):
        return _record(actor, run, booking, content, digest)


def _record(
    actor: Actor, run: AllocationRun, booking: Booking, content: bytes, digest: str
) -> ReceivedBatch:
    ledger.hold()
    if (known := _known(run)) is not None:
        return ReceivedBatch(known, fresh=False)
    batch = ImportBatch(
        source=_source(actor),
        file_name=adjustment_name(run.month, run.public_id),
        digest=digest,
        size=len(content),
        delivery=Delivery.APPEND,
        received_by_id=actor.id,
    )
    received = record_received(actor, batch)
    body: dict[str, Json] = {
        "month": booking.month.isoformat(),
        "into": booking.into.isoformat(),
        "run": booking.run,
        "against": booking.against,
        "batch": received.row.public_id,
        "digest": digest,
    }
    subject = Subject("costs.run", run.pk)
    ledger.append(actor=actor, kind=Kind.PERIOD_ADJUSTED, subject=subject, body=body)
    return received


def _against(period: BillingPeriod, run: AllocationRun) -> AllocationRun:
    """Return the run that the period was closed on, whose money ``run`` would move."""
    if period.state != PeriodState.CLOSED:
        raise Conflict("period-not-closed", f"{period} is open: publish the run instead.")
    closed = speaking_run(period)
    kept = {issuer: str(key) for issuer, key in closed_on(run.month).items()}
    if closed is None or run.dry or (run.month, run.inputs.get("kept")) != (closed.month, kept):
        told = f"{run.public_id} was not held against what is closed of this month; allocate again."
        raise RuleBroken("other-run", told)
    if run.state not in HELD_AGAINST:
        raise Conflict("not-computed", f"{run.public_id} is {run.get_state_display().lower()}.")
    if not publishable(run.invariants):
        failed = [c["title"] for c in run.invariants if c["blocks"] and c["holds"] is False]
        raise RuleBroken("invariants", f"It does not hold: {', '.join(failed)}.")
    return closed


def _known(run: AllocationRun) -> ImportBatch | None:
    name = adjustment_name(run.month, run.public_id)
    found: ImportBatch | None = adjustments_of(run.month).filter(file_name=name).first()
    return found


def _booked(month: dt.date) -> Sequence[dict[str, Any]]:
    """Return the movements of the run that the month was adjusted to last."""
    last = adjustments_of(month).order_by("-number").first()
    if last is None:
        return ()
    return list(AllocationRun.objects.get(number=run_in(last.file_name)).adjustment)


def _source(actor: Actor) -> CostSource:
    known = CostSource.objects.filter(kind=SourceKind.MANUAL, issuer=ISSUER).first()
    if known is not None:
        return known
    fields = SourceFields(
        name=ISSUER, kind=SourceKind.MANUAL, issuer=ISSUER, delivery=Delivery.APPEND
    )
    return add_source(actor, fields)
