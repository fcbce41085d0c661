"""Calibration of a regression: bias over all and by tenths; the settings that both kinds share."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.checks.plain import between, count, finish, insufficient, show
from audits.engine.checks.verdicts import AT_MOST, Rule, judge
from audits.engine.outcome import (
    Axis,
    Detectable,
    Figure,
    Measure,
    Outcome,
    Series,
    Table,
    Threshold,
    Verdict,
)
from audits.engine.statistics import calibration, power
from audits.engine.statistics.intervals import folded, normal

ID, VERSION = "performance.calibration", 1
ALMOST_CERTAIN = 1e-9


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """Classification: ``max_ece`` bounds the expected calibration error (mean gap between score and
    observed share over ``bins`` bins of equal numbers); ``min_slope``, ``max_slope`` bound the
    slope of the recalibration line. Regression: ``max_bias`` bounds |mean error| as a share of the
    target's standard deviation. ``resamples``, ``level``, ``minimum``, ``rule``, ``tolerance``: as
    elsewhere.
    """

    max_ece: float = 0.05
    min_slope: float = 0.5
    max_slope: float = 2.0
    max_bias: float = 0.1
    bins: int = 10
    resamples: int = 400
    level: float = 0.95
    minimum: int = 200
    rule: str = "interval"
    tolerance: float = 0.0


def judged(
    measure: Measure, comparison: str, limit: float, rule: Rule
) -> tuple[Threshold, Verdict]:
    threshold = Threshold(measure.name, comparison, limit)
    return threshold, judge(measure.value, measure.interval, threshold, measure.n or 0, rule)


def regression_outcome(truth: Any, score: Any, settings: CalibrationSettings) -> Outcome:
    """Judge the mean error in standard deviations of the target."""
    n, rule = int(truth.size), Rule(settings.rule, settings.minimum, settings.tolerance)
    deviation = float(truth.std())
    if deviation < ALMOST_CERTAIN:
        return insufficient(
            ID, VERSION, "The target never changes; there is nothing to hold against."
        )
    gap, error = (part / deviation for part in calibration.mean_gap(truth, score))
    interval = folded(normal(gap, error, settings.level, "normal"))
    bias = Measure("bias", abs(gap), "sd of target", n, interval)
    threshold, verdict = judged(bias, AT_MOST, settings.max_bias, rule)
    figure, table = _deciles(truth, score, settings)
    effect = power.from_error(error, settings.level)
    detectable = Detectable("bias", effect, n, power.POWER) if np.isfinite(error) else None
    summary = _summary(bias, gap, deviation, verdict, settings)
    return finish(
        Outcome(
            ID,
            VERSION,
            verdict,
            summary,
            (bias,),
            (threshold,),
            detectable,
            (figure,),
            (table,),
        )
    )


def _summary(
    bias: Measure, gap: float, deviation: float, verdict: Verdict, settings: CalibrationSettings
) -> str:
    side = "too high" if gap > 0 else "too low"
    text = (
        f"Predictions are {show(abs(gap) * deviation)} {side} on average, {show(abs(gap))} "
        f"standard deviations of the target{between(bias.interval)}"
    )
    if verdict is Verdict.FAIL:
        return f"{text}; at most {show(settings.max_bias)} is wanted."
    if verdict is Verdict.INSUFFICIENT:
        return f"{text}; {count(bias.n or 0, 'row')} cannot settle whether that keeps the limit."
    return f"{text}."


def _deciles(truth: Any, score: Any, settings: CalibrationSettings) -> tuple[Figure, Table]:
    edges = np.unique(np.quantile(score, np.linspace(0, 1, settings.bins + 1)[1:-1]))
    member = np.searchsorted(edges, score, side="left")
    rows = []
    for place in np.unique(member):
        inside = member == place
        values = truth[inside]
        error = float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else 0.0
        band = normal(float(values.mean()), error, settings.level, "normal")
        rows.append(
            (
                float(score[inside].mean()),
                float(values.mean()),
                band.low,
                band.high,
                int(values.size),
            )
        )
    columns = list(zip(*rows, strict=True))
    series = Series("current", *(tuple(c) for c in columns[:4]))
    figure = Figure(
        "calibration",
        "calibration",
        "Prediction against what happened",
        Axis("Mean prediction"),
        Axis("Mean of the truth"),
        (series,),
        "One point for each tenth of the rows; whiskers: 95 % intervals of the mean.",
    )
    names = ("Mean prediction", "Mean of the truth", "Low", "High", "Rows")
    return figure, Table("deciles", "Prediction against what happened", names, tuple(rows))
