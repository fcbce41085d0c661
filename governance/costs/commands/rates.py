"""Rates of exchange. A better one for the same day is a new row; none is ever changed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.kinds import Kind
from governance.costs.models import FxRate
from governance.kernel import money
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject

MOST_RATES = 5000


@dataclass(frozen=True, slots=True)
class RateFields:
    """``rate`` in units: how much of ``target`` one of ``base`` is worth."""

    day: dt.date
    base: str
    target: str
    rate: int
    origin: str


@transaction.atomic(durable=True)
def record_rates(*, actor: Actor, rates: Sequence[RateFields]) -> list[FxRate]:
    """Record rates, all or none; one that stands already with the same value writes nothing."""
    permissions.require_everywhere(actor, Permission.COST_IMPORT)
    if not 1 <= len(rates) <= MOST_RATES:
        raise RuleBroken("bad-value", f"Between 1 and {MOST_RATES:,} rates at a time.")
    rows = [_row(actor, fields) for fields in rates if not _stands(_checked(fields))]
    FxRate.objects.bulk_create(rows)
    for row in rows:
        body: dict[str, Json] = {
            "day": row.day.isoformat(),
            "base": row.base,
            "target": row.target,
            "rate": money.to_text(row.rate),
            "origin": row.origin,
        }
        subject = Subject("costs.rate", row.pk)
        ledger.append(actor=actor, kind=Kind.RATE_RECORDED, subject=subject, body=body)
    return rows


def _checked(fields: RateFields) -> RateFields:
    for name in ("base", "target"):
        if getattr(fields, name) not in money.MINOR_UNITS:
            message = f"{getattr(fields, name)} is no currency of ISO 4217."
            raise RuleBroken("bad-value", message, errors={name: [message]})
    if fields.base == fields.target or not 0 < fields.rate <= money.MOST:
        message = "A rate is more than 0, between two currencies."
        raise RuleBroken("bad-value", message, errors={"rate": [message]})
    if not fields.origin.strip():
        message = "Say who publishes the rate."
        raise RuleBroken("bad-value", message, errors={"origin": [message]})
    return fields


def _stands(fields: RateFields) -> bool:
    same = FxRate.objects.filter(day=fields.day, base=fields.base, target=fields.target)
    last = same.order_by("-recorded_at", "-id").first()
    return last is not None and (last.rate, last.origin) == (fields.rate, fields.origin)


def _row(actor: Actor, fields: RateFields) -> FxRate:
    return FxRate(
        day=fields.day,
        base=fields.base,
        target=fields.target,
        rate=fields.rate,
        origin=fields.origin.strip(),
        recorded_by_id=actor.id,
    )
