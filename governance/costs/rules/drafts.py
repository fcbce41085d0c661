"""A forecast as it will be frozen: the series' own days, its interval, known events apart. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from governance.costs.rules.events import Known
from governance.costs.rules.forecasting import HORIZON, Forecast, Tried, forecast
from governance.costs.rules.series import Daily
from governance.kernel.canonical import Json, digest
from governance.kernel.money import UNIT, from_text, to_text

HISTORY_DAYS = 540
_STEP = 10**12  # an estimate is kept to a millionth of a currency unit
_ROUNDED = 6  # digits of shares that are kept


@dataclass(frozen=True, slots=True)
class Draft:
    """``point``, ``low`` and ``high`` are totals in units, known events included."""

    currency: str
    basis: str
    cutoff: date
    horizon: int
    method: str
    points: list[dict[str, Json]]
    point: int
    low: int | None
    high: int | None
    backtest: list[dict[str, Json]]
    wape: float | None
    bias: float | None
    coverage: float | None
    low_confidence: bool
    events: list[dict[str, Json]]
    data_digest: str


def draft(
    history: Daily,
    currency: str,
    basis: str,
    events: tuple[Known, ...] = (),
    horizon: int = HORIZON,
) -> Draft:
    """Forecast ``horizon`` days after the last of ``history`` and lay them out for keeping.

    The digest covers all that the answer depends on: the days, and the events.
    """
    kept = Daily(history.days[-HISTORY_DAYS:][0], history.amounts[-HISTORY_DAYS:])
    found = forecast([amount / UNIT for amount in kept.amounts], horizon)
    first = kept.last + timedelta(days=1)
    known = [_event(one, first, first + timedelta(days=horizon)) for one in events]
    added = sum(amount for _, amount in known)
    chosen = found.chosen
    return Draft(
        currency=currency,
        basis=basis,
        cutoff=kept.last,
        horizon=horizon,
        method=found.method,
        points=_points(found, first),
        point=_units(found.total) + added,
        low=_units(found.band.low) + added if found.band else None,
        high=_units(found.band.high) + added if found.band else None,
        backtest=[_tried(one) for one in found.backtest],
        wape=chosen.wape if chosen else None,
        bias=chosen.bias if chosen else None,
        coverage=found.coverage,
        low_confidence=found.low_confidence,
        events=[body for body, _ in known],
        data_digest=digest({"days": kept.digest(), "events": [body for body, _ in known]}),
    )


def events_in(stored: Iterable[Mapping[str, Any]]) -> tuple[Known, ...]:
    """Return the events that a frozen forecast holds."""
    return tuple(
        Known(
            label=one["label"],
            start=date.fromisoformat(one["start"]),
            end=date.fromisoformat(one["end"]),
            daily=from_text(one["daily"])[0],
        )
        for one in stored
    )


def points_in(
    stored: Iterable[Mapping[str, Any]], events: Iterable[Known] = ()
) -> list[tuple[date, int]]:
    """Return a frozen forecast by day in units, known events included."""
    known = list(events)
    days = ((date.fromisoformat(one["day"]), from_text(one["point"])[0]) for one in stored)
    return [(day, point + sum(one.on(day) for one in known)) for day, point in days]


def _points(found: Forecast, first: date) -> list[dict[str, Json]]:
    rows: list[dict[str, Json]] = []
    for place, point in enumerate(found.days):
        row: dict[str, Json] = {
            "day": (first + timedelta(days=place)).isoformat(),
            "point": to_text(_units(point)),
        }
        if found.daily is not None:
            row["low"] = to_text(_units(point + found.daily.low))
            row["high"] = to_text(_units(point + found.daily.high))
        rows.append(row)
    return rows


def _event(one: Known, first: date, end: date) -> tuple[dict[str, Json], int]:
    amount = one.within(first, end)
    body: dict[str, Json] = {
        "label": one.label,
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "daily": to_text(one.daily),
        "amount": to_text(amount),
    }
    return body, amount


def _tried(one: Tried) -> dict[str, Json]:
    errors: list[Json] = [to_text(_units(error)) for error in one.errors]
    return {
        "method": one.method,
        "wape": None if one.wape is None else round(one.wape, _ROUNDED),
        "bias": None if one.bias is None else round(one.bias, _ROUNDED),
        "errors": errors,
    }


def _units(value: float) -> int:
    return round(value * (UNIT // _STEP)) * _STEP
