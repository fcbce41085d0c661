"""What an hour of checking costs: stated, never changed; a better one is a new row."""

import datetime as dt

from django.db import transaction

from governance.access import permissions
from governance.access.kinds import Permission
from governance.costs.commands.checks import words
from governance.costs.kinds import Kind
from governance.costs.models import ComputeRate
from governance.kernel import money
from governance.kernel.actor import Actor
from governance.kernel.errors import RuleBroken
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject

_LONGEST = 200


@transaction.atomic(durable=True)
def record_compute_rate(
    *, actor: Actor, start: dt.date, currency: str, amount: int, origin: str
) -> ComputeRate:
    """State what an hour on a worker that checks costs from ``start`` on; ``amount`` in units.

    What stands already with the same values writes nothing.
    """
    permissions.require_everywhere(actor, Permission.COST_IMPORT)
    why = words("origin", origin, "Say where the rate comes from.", _LONGEST)
    if currency not in money.MINOR_UNITS:
        message = f"{currency} is no currency of ISO 4217."
        raise RuleBroken("bad-value", message, errors={"currency": [message]})
    if not 0 < amount <= money.MOST:
        message = "An hour costs more than 0."
        raise RuleBroken("bad-value", message, errors={"amount": [message]})
    ledger.hold()
    last: ComputeRate | None = ComputeRate.objects.filter(start=start).latest_first().first()
    if last is not None and (last.currency, last.amount) == (currency, amount):
        return last
    row = ComputeRate.objects.create(
        start=start, currency=currency, amount=amount, origin=why, recorded_by_id=actor.id
    )
    ledger.append(
        actor=actor,
        kind=Kind.COMPUTE_RATE_RECORDED,
        subject=Subject("costs.compute_rate", row.pk),
        body={
            "start": start.isoformat(),
            "currency": currency,
            "amount": money.to_text(amount),
            "origin": why,
        },
    )
    return row
