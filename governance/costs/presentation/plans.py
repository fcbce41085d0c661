"""Budgets, forecasts and anomalies as charts and rows; money stays exact until it is drawn."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from audits.engine.outcome import Axis, Figure, Series
from governance.costs.kinds import Basis
from governance.costs.presentation.tables import as_float
from governance.costs.querysets.burning import Burning
from governance.costs.rules.drafts import events_in, points_in
from governance.costs.rules.months import days_of
from governance.costs.rules.series import Daily
from governance.kernel.money import from_text, text_or_none

BEFORE = 60  # days of history beside a forecast
AROUND = 7  # days after an anomaly
BUDGET_COLUMNS = (
    *("Target", "Name", "First day", "Last day", "Version", "State", "Currency", "Basis"),
    *("Amount", "Spent", "Expected", "Tell at, percent"),
)
FORECAST_COLUMNS = (
    *("Target", "Name", "Made from", "Days", "Method", "Currency", "Basis", "Forecast", "Low"),
    *("High", "Backtest error", "Actual", "Error", "Interval held"),
)
ANOMALY_COLUMNS = (
    *("Day", "Target", "Name", "Currency", "Basis", "Usual", "Actual", "Score", "State"),
    *("Explanation", "Link", "Found", "Restated"),
)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Share:
    """How far a budget is burned, for a bar that may be over full."""

    percent: str
    value: int
    over: bool


def share(found: Burning) -> Share:
    value = found.found.share
    return Share(percent(value), min(round(100 * value), 100), over=value > 1)


def burn_figure(row: Any, found: Burning) -> Figure:
    """Draw what was spent so far, equal days, and what the forecast adds, all cumulative."""
    days = [row.start + _DAY * place for place in range((row.end - row.start).days)]
    known = max(found.by_day, default=None)
    if known and row.basis == Basis.BILLED:
        known = days_of(known)[-1]
    spent = list(accumulate(found.by_day.get(day, 0) for day in days if known and day <= known))
    straight = [row.amount * place // len(days) for place in range(1, len(days) + 1)]
    curves = [_curve("Spent", spent), _curve("Equal days", straight)]
    if expected := _expected(row, found, days):
        curves.append(_curve("Expected", expected, at=len(days) - len(expected)))
    note = "" if found.found.expected is not None else "There is no forecast to the end yet."
    return Figure("burn", "line", "Budget burn", _days(days), _money(row), tuple(curves), note)


def forecast_figure(row: Any, history: Daily | None) -> Figure:
    """Draw the last days, the forecast with the band of a single day, and what came of it."""
    first = row.cutoff - _DAY * (BEFORE - 1)
    days = [first + _DAY * place for place in range(BEFORE + row.horizon)]
    known = dict(zip(history.days, history.amounts, strict=True)) if history else {}
    past = [known[day] for day in days[:BEFORE] if day in known]
    came = [known[day] for day in days[BEFORE:] if day in known]
    curves = [_curve("Cost a day", past, at=BEFORE - len(past)), _band(row.points)]
    if row.events:
        whole = [amount for _, amount in points_in(row.points, events_in(row.events))]
        curves.append(_curve("With known events", whole, at=BEFORE))
    if came:
        curves.append(_curve("What came", came, at=BEFORE))
    title = f"{row.horizon} days from {row.cutoff + _DAY}"
    return Figure("forecast", "line", title, _days(days), _money(row), tuple(curves))


def anomaly_figure(row: Any, history: Daily, weeks: int = 6) -> Figure:
    """Draw the day among those before it, as the score saw it, and a week after."""
    first = row.day - dt.timedelta(weeks=weeks)
    days = [day for day in history.days if first <= day <= row.day + _DAY * AROUND]
    known = dict(zip(history.days, history.amounts, strict=True))
    last = float(days.index(row.day)) if row.day in days else 0.0
    level = as_float(row.expected)
    usual = Series("Usual for that weekday", (0.0, last), (level, level))
    curves = (_curve("Cost a day", [known[day] for day in days]), usual)
    title = f"Six weeks before {row.day}, and what followed"
    return Figure("anomaly", "line", title, _days(days), _money(row), curves)


def backtest_rows(row: Any) -> list[dict[str, Any]]:
    """Return one row a method, the one chosen marked; errors per origin as amounts."""
    return [
        {
            "method": one["method"],
            "wape": percent(one["wape"]),
            "bias": signed(one["bias"]),
            "errors": [from_text(error)[0] for error in one["errors"]],
            "chosen": one["method"] == row.method,
        }
        for one in row.backtest
    ]


def event_rows(row: Any) -> list[dict[str, Any]]:
    """Return the known events with their money inside the horizon."""
    return [
        {
            "label": one["label"],
            "start": dt.date.fromisoformat(one["start"]),
            "last": dt.date.fromisoformat(one["end"]) - _DAY,
            "daily": from_text(one["daily"])[0],
            "amount": from_text(one["amount"])[0],
        }
        for one in row.events
    ]


def of_series(row: Any) -> int:
    """Return a forecast's total without its known events."""
    return int(row.point) - sum(one["amount"] for one in event_rows(row))


def budget_rows(rows: Iterable[Any], stand: Mapping[Any, Burning]) -> Iterator[list[Any]]:
    for row in rows:
        found = stand[row.pk].found
        told = ", ".join(map(str, row.thresholds))
        named = [row.target.key, row.target.name, row.start, row.end - _DAY, row.number]
        amounts = [
            text_or_none(row.amount),
            text_or_none(found.spent),
            text_or_none(found.expected),
        ]
        yield [*named, row.get_state_display(), row.currency, row.basis, *amounts, told]


def forecast_rows(rows: Iterable[Any]) -> Iterator[list[Any]]:
    for row in rows:
        named = [row.target.key, row.target.name, row.cutoff, row.horizon, row.method]
        totals = [text_or_none(row.point), text_or_none(row.low), text_or_none(row.high)]
        came = [row.wape, text_or_none(row.actual), row.error, row.held]
        yield [*named, row.currency, row.basis, *totals, *came]


def anomaly_rows(rows: Iterable[Any]) -> Iterator[list[Any]]:
    for row in rows:
        money = [row.currency, Basis.EFFECTIVE.value]
        figures = [
            *money,
            text_or_none(row.expected),
            text_or_none(row.actual),
            round(row.score, 2),
        ]
        said = [row.get_state_display(), row.explanation, row.link]
        when = [row.detected_at.isoformat(), row.restated_at and row.restated_at.isoformat()]
        yield [row.day, row.target.key, row.target.name, *figures, *said, *when]


def _expected(row: Any, found: Burning, days: Sequence[dt.date]) -> list[int]:
    """Return the cumulative course from the last settled day to the end; nothing without one."""
    if found.forecast is None:
        return []
    points = dict(points_in(found.forecast.points, events_in(found.forecast.events)))
    mean = sum(points.values()) // len(points)
    known = min(found.through or row.start - _DAY, days[-1])
    settled = sum(amount for day, amount in found.by_day.items() if day <= known)
    ahead = [points.get(day, mean) for day in days if day > known]
    return [settled + amount for amount in accumulate(ahead)]


def _band(points: Sequence[Mapping[str, str]]) -> Series:
    def drawn(name: str) -> tuple[float, ...]:
        return tuple(as_float(from_text(one[name])[0]) for one in points if name in one)

    places = tuple(float(BEFORE + place) for place in range(len(points)))
    return Series("Forecast", places, drawn("point"), drawn("low"), drawn("high"))


def _curve(name: str, amounts: Sequence[int], at: int = 0) -> Series:
    places = tuple(float(at + place) for place in range(len(amounts)))
    return Series(name, places, tuple(as_float(amount) for amount in amounts))


def _days(days: Sequence[dt.date]) -> Axis:
    return Axis("Day", "", tuple(day.isoformat() for day in days))


def _money(row: Any) -> Axis:
    """A day that stands out is told of effective cost alone."""
    basis = Basis(getattr(row, "basis", Basis.EFFECTIVE))
    return Axis(f"{basis.label} cost", row.currency)


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def signed(value: float | None) -> str:
    return "" if value is None else f"{100 * value:+.1f} %"
