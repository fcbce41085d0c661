"""How budgets stand: what is published of their days, how far it has settled, what is expected."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import OuterRef, Subquery

from governance.costs.kinds import Basis
from governance.costs.querysets import series
from governance.costs.querysets.settlement import billed_through, newest_month, settled
from governance.costs.rules.budgets import Burn, Plan, burn
from governance.costs.rules.drafts import events_in, points_in
from governance.costs.rules.series import Settled

Key = tuple[uuid.UUID, str, str]  # target, currency, basis
Rows = Sequence[tuple[str, dt.date, int, int]]  # issuer, day or month, billed, effective


@dataclass(frozen=True, slots=True)
class Known:
    """How far issuers' days stand, and the newest month that is published."""

    issuers: Mapping[str, Settled]
    newest: dt.date | None


@dataclass(frozen=True, slots=True)
class Burning:
    """``forecast`` is the frozen run that ``found.expected`` rests on; None without one.

    Of a budget of what is billed, ``by_day`` holds each bill at the first day of its month.
    """

    found: Burn
    by_day: Mapping[dt.date, int]
    through: dt.date | None
    forecast: Any


def plan_of(row: Any) -> Plan:
    """Return a stored budget as rules read it."""
    return Plan(
        start=row.start,
        end=row.end,
        currency=row.currency,
        basis=row.basis,
        amount=row.amount,
        thresholds=tuple(row.thresholds),
        forecast_threshold=row.forecast_threshold,
    )


def burning(budgets: Sequence[Any]) -> dict[uuid.UUID, Burning]:
    """Return how each of ``budgets`` (with their targets) stands."""
    if not budgets:
        return {}
    any_billed = any(budget.basis == Basis.BILLED for budget in budgets)
    known = Known(settled(), newest_month() if any_billed else None)
    forecasts = latest_forecasts(budget.target_id for budget in budgets)
    charged = series.charged([_asked(budget) for budget in budgets])
    return {
        budget.pk: _one(budget, rows, known, forecasts)
        for budget, rows in zip(budgets, charged, strict=True)
    }


def spent(budget: Any) -> int:
    """Return all that is published of a budget's days, in its basis."""
    return sum(amount for _, _, amount in _in_basis(budget, series.charged([_asked(budget)])[0]))


def latest_forecasts(target_ids: Iterable[uuid.UUID]) -> dict[Key, Any]:
    """Return the forecast with the latest cutoff for each target, currency and basis."""
    runs = apps.get_model("costs", "ForecastRun")._default_manager  # noqa: SLF001
    same = {name: OuterRef(name) for name in ("target", "currency", "basis")}
    newest = runs.filter(**same).order_by("-cutoff", "-frozen_at", "-pk").values("pk")[:1]
    rows = runs.filter(target_id__in=set(target_ids), pk=Subquery(newest))
    return {(row.target_id, row.currency, row.basis): row for row in rows}


def _one(budget: Any, rows: Rows, known: Known, forecasts: Mapping[Key, Any]) -> Burning:
    by_day: dict[dt.date, int] = defaultdict(int)
    for _, day, amount in _in_basis(budget, rows):
        by_day[day] += amount
    through = series.end_of(known.issuers, {issuer for issuer, *_ in rows})
    if budget.basis == Basis.BILLED:
        through = billed_through(through, known.newest)
    forecast = forecasts.get((budget.target_id, budget.currency, budget.basis))
    points = points_in(forecast.points, events_in(forecast.events)) if forecast else []
    found = burn(plan_of(budget), by_day, through, points)
    return Burning(found, dict(by_day), through, forecast)


def _asked(budget: Any) -> series.Asked:
    return series.Asked(budget.target, budget.currency, budget.start, budget.end, budget.basis)


def _in_basis(budget: Any, rows: Rows) -> Iterator[tuple[str, dt.date, int]]:
    for issuer, day, billed, effective in rows:
        yield issuer, day, billed if budget.basis == Basis.BILLED else effective
