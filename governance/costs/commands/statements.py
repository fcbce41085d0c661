"""What issuers say beside their bills: of periods, invoices and commitments."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance.access.permissions import require_service
from governance.costs.commands.checking import held, subject_of
from governance.costs.commands.publishing import named
from governance.costs.kinds import BatchState, Delivery, Kind, PeriodState
from governance.costs.models import BillingPeriod, ContractCommitment, ImportBatch
from governance.costs.rules.invoices import detailed
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.ledger import commands as ledger


@transaction.atomic(durable=True)
def publish_statements(
    *, actor: Actor, batch: ImportBatch, statements: Sequence[Mapping[str, Any]]
) -> ImportBatch:
    """Take in what an issuer says of its periods: their state, and what each invoice sums to.

    A closed period keeps its invoices. The issuer's state is noted, and closes nothing here.
    """
    require_service(actor)
    row = held(batch)
    periods = _stated(statements)
    for key, period in periods.items():
        mine = [told for told in statements if (told["issuer"], told["start"]) == key]
        if "state" in mine[-1]:
            period.issuer_state = mine[-1]["state"]
        elif period.state != PeriodState.CLOSED:
            rows = [(told["currency"], told["invoice"], told["billed"]) for told in mine]
            adds = row.delivery == Delivery.APPEND
            period.invoices = detailed(period.invoices, rows, adds=adds)
        period.save(update_fields=["issuer_state", "invoices"])
    return _taken_in(actor, row, len(statements))


@transaction.atomic(durable=True)
def publish_commitments(
    *, actor: Actor, batch: ImportBatch, statements: Sequence[Mapping[str, Any]]
) -> ImportBatch:
    """Take in what an issuer says of commitments and their terms; earlier words stay readable."""
    require_service(actor)
    row = held(batch)
    names = ("issuer", "commitment", "contract", "description", "start", "end", "currency", "cost")
    ContractCommitment.objects.bulk_create(
        ContractCommitment(batch=row, **{name: told[name] for name in names}) for told in statements
    )
    return _taken_in(actor, row, len(statements))


def _taken_in(actor: Actor, row: ImportBatch, count: int) -> ImportBatch:
    row.state, row.decided_at = BatchState.ACCEPTED, timezone.now()
    row.reason, row.progress, row.lease_until = "", "", None
    row.save()
    body: dict[str, Json] = {**named(row), "statements": count}
    subject = subject_of(row)
    ledger.append(actor=actor, kind=Kind.BATCH_ACCEPTED, subject=subject, body=body)
    return row


def _stated(statements: Sequence[Mapping[str, Any]]) -> dict[tuple[str, date], BillingPeriod]:
    """Return the periods that statements are about, locked; those that are new are made."""
    keys = [
        BillingPeriod.objects.get_or_create(
            issuer=told["issuer"], start=told["start"], defaults={"end": told["end"]}
        )[0].pk
        for told in statements
    ]
    rows = BillingPeriod.objects.locking().filter(pk__in=keys).order_by("pk")
    return {(row.issuer, row.start): row for row in rows}
