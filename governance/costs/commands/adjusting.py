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
from governance.costs.commands.sources import source_by_hand
from governance.costs.kinds import Delivery, Kind, PeriodState
from governance.costs.models import AllocationRun, BillingPeriod, ImportBatch
from governance.costs.querysets.closing import (
    HELD_AGAINST,
    adjustments_of,
    closed_on,
    speaking_run,
)
from governance.costs.rules import adjusting as rules
from governance.costs.rules.adjusting import ISSUER, Booking, adjustment_name, run_in
from governance.costs.rules.invariants import publishable
from governance.costs.rules.months import next_month
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
    last = adjustments_of(run.month).last()
    booking = Booking(run.month, _this_month(), run.public_id, against.public_id)
    content = _content(run, booking, last)
    batch = _batch(actor, run, content)
    storage.keep(SimpleUploadedFile("adjustment.csv", content), batch.digest)
    with transaction.atomic(durable=True):
        _against(_locked_month(period), run)
        if (known := _known(run)) is not None:
            return ReceivedBatch(known, fresh=False)
        if adjustments_of(run.month).last() != last:
            raise Conflict("adjusted-meanwhile", "This month was adjusted meanwhile; look again.")
        return _record(actor, run, booking, batch)


def _content(run: AllocationRun, booking: Booking, last: ImportBatch | None) -> bytes:
    """Return as a bill what moved since the ``last`` adjustment."""
    lines = rules.moved(run.adjustment, _booked(last))
    rules.check_sums(lines)
    return rules.as_bill(lines, booking)


def _batch(actor: Actor, run: AllocationRun, content: bytes) -> ImportBatch:
    return ImportBatch(
        source=source_by_hand(actor, ISSUER),
        file_name=adjustment_name(run.month, run.public_id),
        digest=sha256_hex(content),
        size=len(content),
        delivery=Delivery.APPEND,
        received_by_id=actor.id,
    )


def _this_month() -> dt.date:
    return timezone.now().date().replace(day=1)


def _locked_month(period: BillingPeriod) -> BillingPeriod:
    """Return ``period``, locked with all others of its month: one adjustment at a time."""
    first = period.start.replace(day=1)
    rows = BillingPeriod.objects.locking().filter(start__gte=first, start__lt=next_month(first))
    return next(row for row in rows.order_by("pk") if row.pk == period.pk)


def _record(
    actor: Actor, run: AllocationRun, booking: Booking, batch: ImportBatch
) -> ReceivedBatch:
    received = record_received(actor, batch)
    body: dict[str, Json] = {
        "month": booking.month.isoformat(),
        "into": booking.into.isoformat(),
        "run": booking.run,
        "against": booking.against,
        "batch": received.row.public_id,
        "digest": batch.digest,
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


def _booked(last: ImportBatch | None) -> Sequence[dict[str, Any]]:
    """Return the movements of the run that the month was adjusted to by its ``last`` adjustment."""
    if last is None:
        return ()
    return list(AllocationRun.objects.get(number=run_in(last.file_name)).adjustment)
