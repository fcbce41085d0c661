"""Months of published money by day, as budgets, forecasts and anomalies read it."""

import datetime as dt
import uuid
from collections.abc import Sequence

from governance.costs.models import ChargeDay, Target
from governance.costs.rules.budgets import Plan
from governance.kernel.money import UNIT
from tests.factories import spend

FIRST = dt.date(2025, 10, 1)
_WEEK = (0, 1, 2, 1, 0, -1, -3)


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


def charge_days(
    to: Target, dollars: Sequence[float], person: uuid.UUID, *, first: dt.date = FIRST
) -> None:
    """Charge ``to`` so many dollars a day from ``first``, in one published run a month."""
    days = [first + dt.timedelta(days=place) for place in range(len(dollars))]
    runs = {month: _run(month, person) for month in sorted(set(map(month_of, days)))}
    rows = zip(days, dollars, strict=True)
    ChargeDay.objects.bulk_create(
        _day(runs[month_of(day)], to, day, amount) for day, amount in rows
    )


def steady(count: int, level: float = 100.0) -> list[float]:
    """A cost with a weekly season and the same little unrest every time."""
    return [level + _WEEK[place % 7] + (place * 37 % 11 - 5) / 5 for place in range(count)]


def plan(**changes: object) -> Plan:
    usual = {
        "start": dt.date(2026, 1, 1),
        "end": dt.date(2026, 2, 1),
        "currency": "USD",
        "basis": "effective",
        "amount": 3000 * UNIT,
        "thresholds": (50, 80, 100),
        "forecast_threshold": 100,
    }
    return Plan(**(usual | changes))


def _run(month: dt.date, person: uuid.UUID):
    found = spend.AllocationRun.objects.filter(month=month, state="published").first()
    return found or spend.run(month, person)


def _day(run, to: Target, day: dt.date, dollars: float) -> ChargeDay:
    units = round(dollars * 100) * UNIT // 100
    return ChargeDay(
        run=run,
        target=to,
        day=day,
        currency="USD",
        issuer="Cloud",
        service="GPU machines",
        service_category="Compute",
        category="Usage",
        rule_phase="direct",
        lines=1,
        billed=units,
        effective=units,
    )
