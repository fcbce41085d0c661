"""Billing periods: held against the invoice, and opened again by two people only."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.access.proofs import Reauthentication, check_proof
from governance.costs.commands.checks import require_signed_in, words
from governance.costs.kinds import Kind, PeriodState
from governance.costs.models import BillingPeriod
from governance.costs.rules.invoices import typed_in
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken
from governance.kernel.money import MINOR_UNITS, from_text, to_text
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject


@transaction.atomic(durable=True)
def record_invoice(
    *, actor: Actor, period_id: UUID, total: str, currency: str, invoice: str = ""
) -> BillingPeriod:
    """Record what one invoice of the period says (billed), or all of a currency without a name.

    The same again changes nothing. Raises ``Conflict`` once the period is closed, ``RuleBroken``
    for no amount or currency.
    """
    row = opened(actor, period_id)
    units = _amount(total)
    if currency not in MINOR_UNITS:
        message = "Give the currency by its three letters, such as USD."
        raise RuleBroken("bad-currency", message, errors={"currency": [message]})
    stated = typed_in(row.invoices, currency, units, invoice.strip())
    if stated == row.invoices:
        return row
    row.invoices = stated
    row.save(update_fields=["invoices"])
    told = {"total": to_text(units), "currency": currency, "invoice": invoice.strip()}
    record(actor, Kind.INVOICE_RECORDED, row, dict(told))
    return row


@transaction.atomic(durable=True)
def ask_reopening(*, actor: Actor, period_id: UUID, reason: str, evidence: str) -> BillingPeriod:
    """Ask that a closed period be opened again; somebody else grants it.

    ``evidence`` names the issuer's own reopening, or the company's written request to it.
    """
    row = _closed(actor, period_id)
    if row.reopen_asked_by_id is not None:
        raise Conflict("asked-already", "Somebody has asked for this already; it waits for a yes.")
    row.reopen_reason = words("reason", reason, "Say why the period has to be opened again.")
    row.reopen_evidence = words(
        "evidence", evidence, "Name the issuer's reopening, or the company's written request."
    )
    row.reopen_asked_by_id = actor.id
    row.save(update_fields=["reopen_reason", "reopen_evidence", "reopen_asked_by"])
    told = {"reason_digest": digest(row.reopen_reason), "evidence": row.reopen_evidence}
    record(actor, Kind.REOPENING_ASKED, row, dict(told))
    return row


@transaction.atomic(durable=True)
def grant_reopening(
    *, actor: Actor, period_id: UUID, proof: Reauthentication | None
) -> BillingPeriod:
    """Open a closed period again, as somebody else asked. What was frozen stays in the ledger."""
    row = _asked(actor, period_id)
    if row.reopen_asked_by_id == actor.id:
        raise NotPermitted("own-reopening", "You asked for this; somebody else has to grant it.")
    strength = check_proof(proof, actor.id, timezone.now())
    former = row.snapshot_digest
    row.state, row.reopened_by_id, row.snapshot_digest = PeriodState.OPEN, actor.id, ""
    row.closed_at = row.closed_by = row.run = None
    row.save()
    told = {"former_snapshot": former, "asked_by": str(row.reopen_asked_by_id)}
    record(actor, Kind.PERIOD_REOPENED, row, {**told, "strength": strength.value})
    return row


@transaction.atomic(durable=True)
def refuse_reopening(*, actor: Actor, period_id: UUID, reason: str) -> BillingPeriod:
    """Leave the period closed. Who asked may take it back this way too."""
    row = _asked(actor, period_id)
    why = words("reason", reason, "Say why it stays closed.")
    row.reopen_asked_by, row.reopen_reason, row.reopen_evidence = None, "", ""
    row.save(update_fields=["reopen_asked_by", "reopen_reason", "reopen_evidence"])
    record(actor, Kind.REOPENING_REFUSED, row, {"reason_digest": digest(why)})
    return row


def opened(actor: Actor, period_id: UUID) -> BillingPeriod:
    row = BillingPeriod.objects.locked(period_id)
    permissions.require(actor, Permission.COST_PERIOD_CLOSE, row, view=Permission.COST_VIEW)
    if row.state != PeriodState.OPEN:
        raise Conflict("period-not-open", f"{row} is {row.get_state_display().lower()} already.")
    return row


def _closed(actor: Actor, period_id: UUID) -> BillingPeriod:
    row = BillingPeriod.objects.locked(period_id)
    permissions.require(actor, Permission.COST_PERIOD_REOPEN, row, view=Permission.COST_VIEW)
    require_signed_in(actor)
    if row.state != PeriodState.CLOSED:
        raise Conflict("period-not-closed", f"{row} is not closed.")
    return row


def _asked(actor: Actor, period_id: UUID) -> BillingPeriod:
    row = _closed(actor, period_id)
    if row.reopen_asked_by_id is None:
        raise Conflict("not-asked", "Nobody has asked that this period be opened again.")
    return row


def _amount(text: str) -> int:
    try:
        units, rest = from_text(text.strip())
    except ValueError:
        message = "Give the invoice's total as a plain number, such as 1250.40."
        raise RuleBroken("bad-amount", message, errors={"total": [message]}) from None
    if rest:
        message = "An amount has at most 18 decimals."
        raise RuleBroken("bad-amount", message, errors={"total": [message]})
    return units


def about(row: BillingPeriod) -> dict[str, Json]:
    period = {"start": row.start.isoformat(), "end": row.end.isoformat()}
    return {"issuer": row.issuer, **period}


def record(actor: Actor, kind: Kind, row: BillingPeriod, body: Mapping[str, Json]) -> None:
    subject = Subject("costs.period", row.pk)
    ledger.append(actor=actor, kind=kind, subject=subject, body={**about(row), **body})
