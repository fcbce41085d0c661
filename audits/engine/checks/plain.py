"""The boundary where numpy's numbers become an ``Outcome``.

Floats are rounded to 12 significant digits, so that a last bit that depends on the processor's
vector width cannot change a digest; what is not finite becomes None, or its point is left out.
"""

import dataclasses
from math import isfinite
from typing import Any

import numpy as np

from audits.engine.outcome import Figure, Interval, Measure, Outcome, Series, Table, Verdict

DIGITS = 12


def number(value: Any) -> float | int | None:
    """Return a plain, finite, rounded number or None."""
    if value is None or isinstance(value, bool | np.bool_):
        return None if value is None else int(value)
    if isinstance(value, int | np.integer):
        return int(value)
    return rounded(float(value)) if isfinite(float(value)) else None


def rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def cell(value: Any) -> str | int | float | bool | None:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, str):
        return value
    return number(value)


def finish(outcome: Outcome) -> Outcome:
    """Return ``outcome`` with every number fit for canonical JSON."""
    detectable = outcome.detectable
    if detectable is not None:
        detectable = dataclasses.replace(detectable, effect=rounded(detectable.effect))
    return dataclasses.replace(
        outcome,
        measures=tuple(_measure(m) for m in outcome.measures),
        thresholds=tuple(
            dataclasses.replace(t, value=rounded(float(t.value))) for t in outcome.thresholds
        ),
        detectable=detectable,
        figures=tuple(_figure(f) for f in outcome.figures),
        tables=tuple(_table(t) for t in outcome.tables),
    )


def _measure(measure: Measure) -> Measure:
    n = None if measure.n is None else int(measure.n)
    return dataclasses.replace(
        measure, value=number(measure.value), n=n, interval=_interval(measure.interval)
    )


def _interval(interval: Interval | None) -> Interval | None:
    if interval is None or not (isfinite(interval.low) and isfinite(interval.high)):
        return None
    return dataclasses.replace(
        interval, low=rounded(float(interval.low)), high=rounded(float(interval.high))
    )


def _figure(figure: Figure) -> Figure:
    return dataclasses.replace(figure, series=tuple(_series(s) for s in figure.series))


def _series(series: Series) -> Series:
    columns = [c for c in (series.x, series.y, series.low, series.high) if len(c)]
    points = [p for p in zip(*columns, strict=True) if all(isfinite(v) for v in p)]
    kept = iter(zip(*points, strict=True)) if points else iter(())
    parts = {
        key: tuple(rounded(float(v)) for v in next(kept, ())) if len(getattr(series, key)) else ()
        for key in ("x", "y", "low", "high")
    }
    return Series(series.name, **parts)


def _table(table: Table) -> Table:
    rows = tuple(tuple(cell(v) for v in row) for row in table.rows)
    return dataclasses.replace(table, rows=rows)


def show(value: float | None, digits: int = 3) -> str:
    """Write a number for a sentence: 0.873, 12.4, 1,250."""
    if value is None or not isfinite(value):
        return "not available"
    if abs(value) >= 1000:  # noqa: PLR2004 - thousands read better without decimals
        return f"{value:,.0f}"
    return (
        f"{value:.{digits}g}" if abs(value) < 1 else f"{value:.{digits}f}".rstrip("0").rstrip(".")
    )


def percent(share: float | None, digits: int = 1) -> str:
    if share is None or not isfinite(share):
        return "not available"
    return f"{100 * share:.{digits}f} %"


def between(interval: Interval | None) -> str:
    """Write an interval for a sentence; empty when there is none."""
    if interval is None:
        return ""
    low, high = show(interval.low), show(interval.high)
    return f" ({100 * interval.level:.0f} % interval {low} to {high})"


def count(n: int, noun: str, plural: str = "") -> str:
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def insufficient(check: str, version: int, reason: str, **rest: Any) -> Outcome:
    """An outcome that says why nothing can be said."""
    return finish(Outcome(check, version, Verdict.INSUFFICIENT, reason, **rest))
