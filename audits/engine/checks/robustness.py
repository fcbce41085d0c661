"""Do small disturbances move the scores? ``robustness.noise``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.checks.columns import floats, is_number
from audits.engine.checks.plain import count, finish, insufficient, percent, show
from audits.engine.checks.verdicts import (
    AT_MOST,
    ParameterError,
    Rule,
    judge,
    read_settings,
    worst,
)
from audits.engine.context import Context
from audits.engine.outcome import Detectable, Measure, Outcome, Table, Threshold, Verdict
from audits.engine.plan import Task
from audits.engine.registry import check
from audits.engine.statistics import power
from audits.engine.statistics.intervals import normal, wilson

ID, VERSION = "robustness.noise", 1
DIRECTIONS = ("increasing", "decreasing")
SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class NoiseSettings:
    """``noise``: normal noise added to each number, in its own standard deviations; ``missing``:
    share of cells lost and filled with the median or the most frequent value. ``max_change``:
    largest share of decisions that may flip (regression: mean absolute change of the prediction in
    standard deviations of the predictions). ``monotone``: feature to ``increasing`` or
    ``decreasing``; ``max_violations``: share of rows whose score may go the wrong way somewhere on
    a grid of ``grid`` quantiles. ``rows``: sample size.
    """

    noise: float = 0.1
    missing: float = 0.05
    max_change: float = 0.1
    monotone: Mapping[str, str] = field(default_factory=dict)
    max_violations: float = 0.0
    grid: int = 9
    rows: int = 1000
    minimum: int = 100
    level: float = 0.95
    rule: str = "interval"
    tolerance: float = 0.0


Judged = tuple[Measure, Threshold, Verdict]


@check(id=ID, title="Sensitivity to noise and gaps", roles=("current",))
def check_noise(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Noise in the numbers, lost cells, declared monotonicity. Parameters: ``NoiseSettings``."""
    settings = read_settings(NoiseSettings, parameters)
    _known(context, settings)
    if len(context.frame("current")) == 0:
        return insufficient(ID, VERSION, "There are no rows to disturb.")
    positions = context.sample("current", settings.rows)
    frame = context.frame("current").iloc[positions].reset_index(drop=True)
    score = context.scores("current")[positions]
    judged = [
        _change(context, score, noisy(context, frame, settings), "noise", settings),
        _change(context, score, gappy(context, frame, settings), "gaps", settings),
    ]
    for name, direction in sorted(settings.monotone.items()):
        judged.append(_monotone(context, frame, name, direction, settings))
    return _outcome(context, judged, len(positions), settings)


def _known(context: Context, settings: NoiseSettings) -> None:
    for name, direction in settings.monotone.items():
        if name not in context.features:
            raise ParameterError(f"monotone names {name!r}, which is no feature")
        if direction not in DIRECTIONS:
            raise ParameterError(f"monotone[{name!r}] must be one of {', '.join(DIRECTIONS)}")


def noisy(context: Context, frame: pd.DataFrame, settings: NoiseSettings) -> pd.DataFrame:
    """Return the frame with noise on every number; whole numbers stay whole."""
    rng = context.rng("noise")
    changed: dict[str, Any] = {}
    for name in context.features:
        if not is_number(context, frame, name):
            continue
        values = floats(frame[name])
        there = values[np.isfinite(values)]
        shake = rng.normal(0.0, 1.0, values.size)
        if there.size == 0:
            continue
        moved = values + shake * settings.noise * there.std()
        whole = bool(np.all(there == np.rint(there)))
        moved = np.clip(np.rint(moved) if whole else moved, there.min(), there.max())
        changed[name] = moved
    return _replaced(frame, changed)


def gappy(context: Context, frame: pd.DataFrame, settings: NoiseSettings) -> pd.DataFrame:
    """Return the frame with random cells replaced by what a pipeline would fill in."""
    rng = context.rng("gaps")
    changed: dict[str, Any] = {}
    for name in context.features:
        lost = rng.random(len(frame)) < settings.missing
        series = frame[name]
        there = series.dropna()
        if there.empty:
            continue
        if is_number(context, frame, name):
            fill: Any = float(np.median(floats(there)))
        else:
            counts = there.value_counts()
            fill = min(counts[counts == counts.max()].index, key=str)
        changed[name] = series.mask(lost, fill)
    return _replaced(frame, changed)


def _replaced(frame: pd.DataFrame, changed: Mapping[str, Any]) -> pd.DataFrame:
    """Return a copy with these columns replaced; names such as ``self`` are columns too."""
    copy = frame.copy()
    for name, values in changed.items():
        copy[name] = values
    return copy


def _change(
    context: Context, score: Any, frame: pd.DataFrame, name: str, settings: NoiseSettings
) -> Judged:
    after = context.model.score(frame)
    if context.signature.task is Task.CLASSIFICATION:
        limit = context.signature.threshold
        moved = ((score >= limit) != (after >= limit)).astype(np.float64)
        unit = "share of decisions"
    else:
        spread = float(score.std()) or 1.0
        moved, unit = np.abs(after - score) / spread, "sd of predictions"
    n = int(moved.size)
    if context.signature.task is Task.CLASSIFICATION:
        interval = wilson(int(moved.sum()), n, settings.level)
    else:
        error = float(moved.std(ddof=1) / np.sqrt(n)) if n > 1 else float("inf")
        interval = normal(float(moved.mean()), error, settings.level, "normal")
    measure = Measure(f"{name}_change", float(moved.mean()), unit, n, interval)
    threshold = Threshold(measure.name, AT_MOST, settings.max_change)
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    return measure, threshold, judge(measure.value, interval, threshold, n, rule)


def _monotone(
    context: Context, frame: pd.DataFrame, name: str, direction: str, settings: NoiseSettings
) -> Judged:
    """Move one feature over its quantiles, all else equal, and count rows that go the wrong way."""
    values = floats(frame[name])
    grid = np.unique(np.quantile(values[np.isfinite(values)], np.linspace(0, 1, settings.grid)))
    repeated = frame.loc[frame.index.repeat(grid.size)].reset_index(drop=True)
    repeated[name] = np.tile(grid, len(frame))
    scores = context.model.score(repeated).reshape(len(frame), grid.size)
    sign = 1.0 if direction == "increasing" else -1.0
    wrong = (sign * np.diff(scores, axis=1) < -SLACK).any(axis=1)
    share, n = float(wrong.mean()), len(frame)
    measure = Measure("monotone_violations", share, "share of rows", n, None, name)
    threshold = Threshold("monotone_violations", AT_MOST, settings.max_violations)
    return measure, threshold, judge(share, None, threshold, n, Rule("point", settings.minimum))


def _outcome(context: Context, judged: list[Judged], n: int, settings: NoiseSettings) -> Outcome:
    (noise, _, _), (gaps, _, _) = judged[0], judged[1]
    if context.signature.task is Task.CLASSIFICATION:
        text = (
            f"Noise of {show(settings.noise)} standard deviations flips {percent(noise.value)} of "
            f"decisions, losing {percent(settings.missing, 0)} of cells {percent(gaps.value)}"
        )
    else:
        text = (
            f"Noise of {show(settings.noise)} standard deviations moves predictions by "
            f"{show(float(noise.value or 0.0))} of theirs on average, losing "
            f"{percent(settings.missing, 0)} of cells by {show(float(gaps.value or 0.0))}"
        )
    verdict = worst(v for *_, v in judged)
    text += _ending(judged, verdict, n)
    error = (noise.interval.high - noise.interval.low) / 2 if noise.interval else 0.0
    effect = power.from_error(error / 1.959964, settings.level) if np.isfinite(error) else 1.0
    rows = tuple((m.name, m.group, m.value, t.value, v.value) for m, t, v in judged)
    thresholds = {t.measure: t for _, t, _ in judged}
    return finish(
        Outcome(
            ID,
            VERSION,
            verdict,
            text,
            tuple(m for m, _, _ in judged),
            tuple(thresholds.values()),
            Detectable("noise_change", effect, n, power.POWER, "distance from the threshold"),
            (),
            (
                Table(
                    "disturbances",
                    "Disturbances",
                    ("Measure", "Feature", "Value", "Limit", "Verdict"),
                    rows,
                ),
            ),
            (f"On a random sample of {count(n, 'row')}; the plan's seed.",),
        )
    )


def _ending(judged: list[Judged], verdict: Verdict, n: int) -> str:
    wrong = [m.group for m, _, v in judged if m.name == "monotone_violations" and v is Verdict.FAIL]
    if wrong:
        return f"; the score goes the wrong way for {', '.join(wrong)}."
    if verdict is Verdict.FAIL:
        return "; that is more than allowed."
    if verdict is Verdict.INSUFFICIENT:
        return f"; {count(n, 'row')} cannot settle whether that keeps the limit."
    return "."
