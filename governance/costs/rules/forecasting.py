"""Forecasts of a daily series: the method that did best on this very series. Pure.

Amounts are floats in whole currency, since a forecast is an estimate and not a sum of money that
somebody owes; commands turn them into units. Everything here is repeatable: no chance is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from statistics import fmean

from audits.engine.statistics.smoothing import smoothed

HORIZON = 30
ORIGINS = 6
WEEK = 7
MEAN_DAYS = 28
LEAST_DAYS = 8 * WEEK  # under it: a mean, no interval
LEAST_TRAINING = 2 * WEEK
LEVEL = 0.8
LOW_CONFIDENCE = "mean of what exists"

Method = Callable[[Sequence[float], int], list[float] | None]


def seasonal_naive(values: Sequence[float], horizon: int) -> list[float]:
    """The last week over and over."""
    week = values[-WEEK:]
    return [float(week[step % len(week)]) for step in range(horizon)]


def mean_28(values: Sequence[float], horizon: int) -> list[float]:
    return [fmean(values[-MEAN_DAYS:])] * horizon


def drift(values: Sequence[float], horizon: int) -> list[float]:
    """The straight line from the first day through the last."""
    slope = (values[-1] - values[0]) / max(len(values) - 1, 1)
    return [values[-1] + slope * step for step in range(1, horizon + 1)]


# In the order in which ties are broken: the plainer first.
METHODS: Mapping[str, Method] = {
    "28-day mean": mean_28,
    "seasonal naive": seasonal_naive,
    "drift": drift,
    "ETS": smoothed,
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One method over the rolling origins. ``errors`` are actual less forecast, on the totals."""

    method: str
    wape: float | None
    bias: float | None
    errors: tuple[float, ...]
    daily_errors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Band:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """``days`` one point a day after the cutoff; ``band`` about the total, ``daily`` about a day.

    ``coverage`` is how often an interval made without an origin held that origin.
    """

    method: str
    days: tuple[float, ...]
    band: Band | None
    daily: Band | None
    backtest: tuple[Tried, ...]
    coverage: float | None
    low_confidence: bool

    @property
    def total(self) -> float:
        return sum(self.days)

    @property
    def chosen(self) -> Tried | None:
        return next((one for one in self.backtest if one.method == self.method), None)


def forecast(
    values: Sequence[float], horizon: int = HORIZON, methods: Mapping[str, Method] = METHODS
) -> Forecast:
    """Forecast ``horizon`` days after ``values`` (one a day, the last one settled).

    Raises ``ValueError`` over no days at all. Under 8 weeks, or when nothing could be tried: the
    mean, labelled as low in confidence and without an interval.
    """
    if not values:
        raise ValueError("a forecast needs at least one day")
    if len(values) < max(LEAST_DAYS, LEAST_TRAINING + horizon + ORIGINS):
        return _mean_only(values, horizon)
    tried = backtest(values, horizon, methods)
    best = best_of(tried)
    days = methods[best.method](values, horizon) if best else None
    if best is None or days is None:
        return _mean_only(values, horizon)
    return Forecast(
        method=best.method,
        days=tuple(days),
        band=_moved(outer_quantiles(best.errors), sum(days)),
        daily=outer_quantiles(best.daily_errors),
        backtest=tuple(tried),
        coverage=coverage(best.errors),
        low_confidence=False,
    )


def origins(length: int, horizon: int = HORIZON) -> list[int]:
    """Return how many days each of the rolling origins has behind it, the latest last.

    As far apart as the history allows, at most a horizon, so that the tested windows overlap as
    little as can be.
    """
    room = length - horizon - LEAST_TRAINING
    step = min(horizon, room // (ORIGINS - 1))
    return [length - horizon - step * back for back in reversed(range(ORIGINS))]


def backtest(values: Sequence[float], horizon: int, methods: Mapping[str, Method]) -> list[Tried]:
    """Try each method from every origin; one that cannot answer somewhere is left out."""
    found = (_try(name, method, values, horizon) for name, method in methods.items())
    return [one for one in found if one is not None]


def best_of(tried: Sequence[Tried]) -> Tried | None:
    """Return the one with the least error; the first of equals, and of series that sum to 0."""
    rated = [one for one in tried if one.wape is not None]
    return min(rated, key=lambda one: one.wape or 0.0) if rated else next(iter(tried), None)


def outer_quantiles(errors: Sequence[float], level: float = LEVEL) -> Band:
    """Return the errors that enclose ``level`` of them: whole ranks, taken outwards.

    With six errors that is the least and the greatest; interpolating inwards would promise more
    than six trials can show.
    """
    ranked, last = sorted(errors), len(errors) - 1
    tail = (1 - level) / 2
    return Band(ranked[floor(tail * last)], ranked[ceil((1 - tail) * last)])


def coverage(errors: Sequence[float], level: float = LEVEL) -> float:
    """Return the share of errors that lie inside the interval made of the others."""
    held = 0
    for place, error in enumerate(errors):
        band = outer_quantiles([*errors[:place], *errors[place + 1 :]], level)
        held += band.low <= error <= band.high
    return held / len(errors)


def _try(name: str, method: Method, values: Sequence[float], horizon: int) -> Tried | None:
    totals, daily, actuals = [], [], []
    for origin in origins(len(values), horizon):
        guess = method(values[:origin], horizon)
        if guess is None:
            return None
        actual = values[origin : origin + horizon]
        actuals.append(sum(actual))
        totals.append(sum(actual) - sum(guess))
        daily += [real - point for real, point in zip(actual, guess, strict=True)]
    size = sum(map(abs, actuals))
    return Tried(
        method=name,
        wape=sum(map(abs, totals)) / size if size else None,
        bias=-sum(totals) / size if size else None,
        errors=tuple(totals),
        daily_errors=tuple(daily),
    )


def _moved(band: Band, by: float) -> Band:
    return Band(band.low + by, band.high + by)


def _mean_only(values: Sequence[float], horizon: int) -> Forecast:
    days = (fmean(values[-MEAN_DAYS:]),) * horizon
    return Forecast(LOW_CONFIDENCE, days, None, None, (), None, low_confidence=True)
