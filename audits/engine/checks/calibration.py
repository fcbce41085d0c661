"""Are the scores what they say? ``performance.calibration``."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from audits.engine.checks.calibration_bias import (
    ID,
    VERSION,
    CalibrationSettings,
    regression_outcome,
)
from audits.engine.checks.calibration_bias import (
    judged as _judged,
)
from audits.engine.checks.plain import between, count, finish, insufficient, show
from audits.engine.checks.verdicts import (
    AT_LEAST,
    AT_MOST,
    Rule,
    read_settings,
    worst,
)
from audits.engine.context import Context
from audits.engine.outcome import (
    Axis,
    Detectable,
    Figure,
    Interval,
    Measure,
    Outcome,
    Series,
    Table,
    Threshold,
    Verdict,
)
from audits.engine.plan import Task
from audits.engine.registry import check
from audits.engine.statistics import calibration, power
from audits.engine.statistics.intervals import normal, wilson


@check(id=ID, title="Calibration", roles=("current",))
def check_calibration(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Reliability curve, expected calibration error, slope and intercept; deciles for regression.

    The interval of the calibration error is the bootstrap's, reflected about the estimate, since
    both the estimate and its resamples err upwards. Parameters: ``CalibrationSettings``.
    """
    settings = read_settings(CalibrationSettings, parameters)
    truth, score = context.labels("current"), context.scores("current")
    if truth.size == 0:
        return insufficient(ID, VERSION, "There are no rows to check.")
    if context.signature.task is Task.REGRESSION:
        return regression_outcome(truth, score, settings)
    if truth.all() or not truth.any():
        return insufficient(
            ID, VERSION, "The target holds one class only; scores cannot be held against outcomes."
        )
    return _classification(context, truth, score, settings)


def _classification(
    context: Context, truth: Any, score: Any, settings: CalibrationSettings
) -> Outcome:
    if score.min() < 0 or score.max() > 1:
        summary = "The scores are no probabilities: some lie outside 0 to 1."
        return finish(Outcome(ID, VERSION, Verdict.FAIL, summary))
    found = calibration.bins(truth, score, settings.bins)
    error = _ece(context, found, truth, score, settings)
    line = calibration.recalibration(truth, score)
    gap, gap_error = calibration.mean_gap(truth.astype(np.float64), score)
    span = normal(gap, gap_error, settings.level, "normal")
    fitted, judged = _judged_line(error, line, settings)
    figure, table = _reliability(found, settings.level)
    notes = [f"Bins: {len(found.rows)}, equal numbers of rows; equal scores stay together."]
    if line is None:
        notes.append("The recalibration line could not be fitted: scores separate the classes.")
    return finish(
        Outcome(
            ID,
            VERSION,
            worst(verdict for _, verdict in judged),
            _summary(error, line, gap, judged, settings),
            (error, *fitted, Measure("mean_gap", gap, "share", int(truth.size), span)),
            tuple(threshold for threshold, _ in judged),
            _detectable(error, settings),
            (figure,),
            (table,),
            tuple(notes),
        )
    )


def _judged_line(
    error: Measure, line: Any, settings: CalibrationSettings
) -> tuple[list[Measure], list[tuple[Threshold, Verdict]]]:
    """Return slope and intercept as measures, and what the error and the slope are held to."""
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    judged = [_judged(error, AT_MOST, settings.max_ece, rule)]
    if line is None:
        return [], judged
    span = normal(line.slope, line.slope_error, settings.level, "Wald")
    slope = Measure("slope", line.slope, "", error.n, span)
    judged.append(_judged(slope, AT_LEAST, settings.min_slope, rule))
    judged.append(_judged(slope, AT_MOST, settings.max_slope, rule))
    span = normal(line.intercept, line.intercept_error, settings.level, "Wald")
    return [slope, Measure("intercept", line.intercept, "log-odds", error.n, span)], judged


def _ece(
    context: Context, found: calibration.Bins, truth: Any, score: Any, settings: CalibrationSettings
) -> Measure:
    raw = calibration.expected_error(found)
    replicates = calibration.bootstrap_error(
        found, truth, score, settings.resamples, context.rng("bootstrap")
    )
    tail = (1 - settings.level) / 2
    low, high = (float(v) for v in 2 * raw - np.quantile(replicates, [1 - tail, tail]))
    value = max(0.0, 2 * raw - float(replicates.mean()))
    interval = Interval(
        max(0.0, low),
        max(0.0, high),
        settings.level,
        f"bootstrap, reflected, B={settings.resamples}",
    )
    return Measure("ece", value, "share", int(truth.size), interval)


def _detectable(error: Measure, settings: CalibrationSettings) -> Detectable | None:
    if error.interval is None or error.n is None:
        return None
    width = (error.interval.high - error.interval.low) / 2
    effect = power.from_error(width / 1.959964, settings.level)
    return Detectable("ece", effect, error.n, power.POWER, "distance from the threshold")


def _summary(
    error: Measure,
    line: calibration.Line | None,
    gap: float,
    judged: list[tuple[Threshold, Verdict]],
    settings: CalibrationSettings,
) -> str:
    verdict = worst(v for _, v in judged)
    n = error.n or 0
    side = "too high" if gap > 0 else "too low"
    text = (
        f"Scores differ from what happened by {show(float(error.value or 0.0))} on average"
        f"{between(error.interval)}; over all they are {show(abs(gap))} {side}"
    )
    if line is not None:
        text += f"; slope {show(line.slope)} (1 is right)"
    if verdict is Verdict.FAIL:
        broken = [
            f"{t.measure} {'at least' if t.comparison == AT_LEAST else 'at most'} {show(t.value)}"
            for t, v in judged
            if v is Verdict.FAIL
        ]
        return f"{text}. Not kept: {', '.join(broken)}."
    if verdict is Verdict.INSUFFICIENT:
        few = f"fewer than {settings.minimum} rows" if n < settings.minimum else count(n, "row")
        return f"{text}. With {few} this cannot be told from the limits."
    return f"{text}."


def _reliability(found: calibration.Bins, level: float) -> tuple[Figure, Table]:
    hits = np.rint(found.observed * found.rows).astype(np.int64)
    bands = [wilson(int(h), int(n), level) for h, n in zip(hits, found.rows, strict=True)]
    series = Series(
        "current",
        tuple(float(v) for v in found.score),
        tuple(float(v) for v in found.observed),
        tuple(band.low for band in bands),
        tuple(band.high for band in bands),
    )
    figure = Figure(
        "calibration",
        "calibration",
        "Score against what happened",
        Axis("Mean score", "share"),
        Axis("Observed share", "share"),
        (series,),
        "Whiskers: Wilson intervals. On the diagonal scores are right.",
    )
    rows = tuple(
        (float(s), float(o), band.low, band.high, int(n))
        for s, o, band, n in zip(found.score, found.observed, bands, found.rows, strict=True)
    )
    columns = ("Mean score", "Observed share", "Low", "High", "Rows")
    return figure, Table("reliability", "Score against what happened", columns, rows)
