"""How well the model predicts: classification and regression, with intervals and decay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from audits.engine.checks import _evidently as evidently
from audits.engine.checks import performance_pages as pages
from audits.engine.checks.plain import count, finish, insufficient
from audits.engine.checks.verdicts import (
    AT_LEAST,
    AT_MOST,
    ParameterError,
    Rule,
    judge,
    read_settings,
    worst,
)
from audits.engine.context import Context
from audits.engine.outcome import Detectable, Interval, Measure, Outcome, Threshold, Verdict
from audits.engine.plan import Task
from audits.engine.registry import check
from audits.engine.statistics import power, scores
from audits.engine.statistics.intervals import percentile

CLASSIFICATION, REGRESSION = "performance.classification", "performance.regression"
VERSION = 1
HIGHER_IS_BETTER = {"roc_auc", "pr_auc", "accuracy", "precision", "recall", "f1", "r2"}
LOSS_UNITS = {"rmse": "target", "mae": "target", "bias": "target", "mape": "share"}
MINIMUM_CLASS = 10


@dataclass(frozen=True, slots=True)
class PerformanceSettings:
    """``thresholds`` maps a measure to its bound (at least, for measures where more is better, else
    at most; ``bias`` by its absolute value). ``max_decay`` maps a measure to how much worse the
    current data may be than the reference (for ``rmse``, ``mae`` as a share of the reference's
    value). ``resamples``, ``level``: bootstrap. ``minimum``: fewest rows; at least 10 of each class
    as well. ``rule``: see ``verdicts``. ``large``: rows from which numpy takes Evidently's place.
    """

    thresholds: Mapping[str, float] = field(default_factory=dict)
    max_decay: Mapping[str, float] = field(default_factory=dict)
    resamples: int = 400
    level: float = 0.95
    minimum: int = 100
    rule: str = "interval"
    tolerance: float = 0.0
    large: int = 50_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One role's measures, their bootstrap replicates, and where the values came from."""

    values: Mapping[str, float]
    replicates: Mapping[str, "np.ndarray[Any, Any]"]
    n: int
    source: str


@check(id=CLASSIFICATION, title="Performance of the classification", roles=("current",))
def check_classification(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """ROC AUC, PR AUC, log loss, Brier, and measures at the threshold in use, with intervals.

    Intervals: stratified bootstrap percentiles. Defaults: ROC AUC at least 0.7 and at most 0.05
    below the reference. Parameters: ``PerformanceSettings``.
    """
    settings = _settings(parameters, {"roc_auc": 0.7}, {"roc_auc": 0.05}, scores.CLASSIFICATION)
    if context.signature.task is not Task.CLASSIFICATION:
        return insufficient(CLASSIFICATION, VERSION, "This model does not classify.")
    refusal = _one_class(context, "current")
    if refusal:
        return insufficient(CLASSIFICATION, VERSION, refusal)
    measured = {"current": _classified(context, "current", settings)}
    if _has(context, "reference") and not _one_class(context, "reference"):
        measured["reference"] = _classified(context, "reference", settings)
    truth, score = context.labels("current"), context.scores("current")
    figures = pages.classification_figures(
        {role: (context.labels(role), context.scores(role)) for role in measured}
    )
    tables = (pages.confusion(truth, score, context.signature),)
    return _outcome(CLASSIFICATION, measured, settings, figures, tables, truth)


@check(id=REGRESSION, title="Performance of the regression", roles=("current",))
def check_regression(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """RMSE, MAE, MAPE (rows with a true value of 0 left out), R2 and bias, with intervals.

    Defaults: R2 at least 0 (better than always saying the mean) and RMSE at most 20 % above the
    reference's. Parameters: ``PerformanceSettings``.
    """
    settings = _settings(parameters, {"r2": 0.0}, {"rmse": 0.2}, scores.REGRESSION)
    if context.signature.task is not Task.REGRESSION:
        return insufficient(REGRESSION, VERSION, "This model does not predict a number.")
    truth = context.labels("current")
    if truth.size == 0:
        return insufficient(REGRESSION, VERSION, "There are no rows to check.")
    measured = {"current": _regressed(context, "current", settings)}
    if _has(context, "reference") and len(context.frame("reference")):
        measured["reference"] = _regressed(context, "reference", settings)
    figures = pages.regression_figures(truth, context.scores("current"), context.rng("figure"))
    return _outcome(REGRESSION, measured, settings, figures, (), truth)


def _settings(
    parameters: Mapping[str, Any],
    thresholds: Mapping[str, float],
    decay: Mapping[str, float],
    known: tuple[str, ...],
) -> PerformanceSettings:
    filled = {"thresholds": thresholds, "max_decay": decay, **parameters}
    settings = read_settings(PerformanceSettings, filled)
    for name in (*settings.thresholds, *settings.max_decay):
        if name not in known:
            raise ParameterError(f"unknown measure {name!r}; known are {', '.join(known)}")
    return settings


def _has(context: Context, role: str) -> bool:
    return role in context.frames and context.has_labels(role)


def _one_class(context: Context, role: str) -> str:
    """Return why ``role`` cannot be measured, or nothing."""
    truth = context.labels(role)
    if truth.size == 0:
        return "There are no rows to check."
    positive = int(np.count_nonzero(truth))
    if positive in {0, truth.size}:
        held = "only" if positive else "never"
        return (
            f"The target {held} holds the positive label in {count(int(truth.size), 'row')}; "
            "with one class nothing can be told apart."
        )
    return ""


def _classified(context: Context, role: str, settings: PerformanceSettings) -> Measured:
    truth, score = context.labels(role), context.scores(role)
    threshold = context.signature.threshold
    values = scores.classification(truth, score, threshold)
    source = "numpy, by Evidently's definitions"
    if truth.size <= settings.large:
        values = {**values, **evidently.classification(truth, score, threshold)}
        source = f"Evidently {evidently.version()}"
    replicates = scores.bootstrap_classification(
        truth, score, threshold, settings.resamples, context.rng(f"bootstrap-{role}")
    )
    return Measured(values, replicates, int(truth.size), source)


def _regressed(context: Context, role: str, settings: PerformanceSettings) -> Measured:
    truth, score = context.labels(role), context.scores(role)
    values = scores.regression(truth, score)
    source = "numpy, by Evidently's definitions"
    if 1 < truth.size <= settings.large:
        values = {**values, **evidently.regression(truth, score)}
        source = f"Evidently {evidently.version()}"
    replicates = scores.bootstrap_regression(
        truth, score, settings.resamples, context.rng(f"bootstrap-{role}")
    )
    return Measured(values, replicates, int(truth.size), source)


def _outcome(
    id_: str,
    measured: Mapping[str, Measured],
    settings: PerformanceSettings,
    figures: Any,
    tables: Any,
    truth: Any,
) -> Outcome:
    names = scores.CLASSIFICATION if id_ == CLASSIFICATION else scores.REGRESSION
    measures = [
        _measure(name, part, settings, role) for role, part in measured.items() for name in names
    ]
    judged = _judged_levels(id_, measured["current"], settings, truth)
    judged += _judged_decay(measured, settings)
    lead = next(iter(settings.thresholds), names[0])
    return finish(
        Outcome(
            id_,
            VERSION,
            worst(verdict for *_, verdict in judged),
            pages.summary(lead, measured["current"], judged, settings.minimum),
            (*measures, *(m for m, _, _ in judged if m.name.endswith("_decay"))),
            tuple(threshold for _, threshold, _ in judged),
            _detectable(lead, measured["current"], settings),
            figures,
            (pages.measures_table(names, measured, settings.level), *tables),
            _notes(measured, settings),
        )
    )


def _measure(name: str, part: Measured, settings: PerformanceSettings, role: str) -> Measure:
    method = (
        "stratified bootstrap percentile"
        if name in scores.CLASSIFICATION
        else "bootstrap percentile"
    )
    interval = percentile(part.replicates[name], settings.level, method)
    group = "" if role == "current" else role
    return Measure(name, part.values[name], LOSS_UNITS.get(name, ""), part.n, interval, group)


Judged = tuple[Measure, Threshold, Verdict]


def _judged_levels(
    id_: str, current: Measured, settings: PerformanceSettings, truth: Any
) -> list[Judged]:
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    n = current.n
    if id_ == CLASSIFICATION:
        rarer = min(np.count_nonzero(truth), np.count_nonzero(~truth))
        n = 0 if rarer < MINIMUM_CLASS else n
    judged = []
    for name, value in settings.thresholds.items():
        measure = _measure(name, current, settings, "current")
        comparison = AT_LEAST if name in HIGHER_IS_BETTER else AT_MOST
        if name == "bias":
            measure = _absolute(measure)
        threshold = Threshold(name, comparison, float(value))
        judged.append(
            (measure, threshold, judge(measure.value, measure.interval, threshold, n, rule))
        )
    return judged


def _absolute(measure: Measure) -> Measure:
    """Return the bias without its sign; an interval that holds 0 starts there."""
    low, high = (measure.interval.low, measure.interval.high) if measure.interval else (0.0, 0.0)
    inside = low <= 0 <= high
    ends = sorted((abs(low), abs(high)))
    interval = measure.interval and Interval(
        0.0 if inside else ends[0], ends[1], measure.interval.level, measure.interval.method
    )
    return Measure("bias", abs(measure.value or 0.0), measure.unit, measure.n, interval)


def _judged_decay(measured: Mapping[str, Measured], settings: PerformanceSettings) -> list[Judged]:
    """How much worse than the reference; its interval from the two independent bootstraps."""
    if "reference" not in measured:
        return []
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    before, now = measured["reference"], measured["current"]
    judged = []
    for name, value in settings.max_decay.items():
        worse = _worse(name, before.values[name], now.values[name])
        spread = _worse(name, before.replicates[name], now.replicates[name])
        interval = percentile(np.asarray(spread), settings.level, "bootstrap percentile")
        measure = Measure(f"{name}_decay", float(worse), "", now.n, interval)
        threshold = Threshold(measure.name, AT_MOST, float(value))
        n = min(before.n, now.n)
        judged.append((measure, threshold, judge(float(worse), interval, threshold, n, rule)))
    return judged


def _worse(name: str, before: Any, now: Any) -> Any:
    if name in HIGHER_IS_BETTER:
        return before - now
    if name == "bias":
        return abs(now) - abs(before)
    if name in {"rmse", "mae"}:
        return now / np.maximum(before, np.finfo(np.float64).tiny) - 1
    return now - before


def _detectable(lead: str, current: Measured, settings: PerformanceSettings) -> Detectable | None:
    spread = current.replicates[lead]
    finite = spread[np.isfinite(spread)]
    if finite.size < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    effect = power.from_error(float(finite.std(ddof=1)), settings.level)
    return Detectable(lead, effect, current.n, power.POWER, "distance from the threshold")


def _notes(measured: Mapping[str, Measured], settings: PerformanceSettings) -> tuple[str, ...]:
    found = [
        f"Values: {measured['current'].source}; PR AUC and Brier by scikit-learn's definitions."
        if "roc_auc" in measured["current"].values
        else f"Values: {measured['current'].source}.",
        f"Rule: {settings.rule}; bootstrap with {settings.resamples} resamples.",
    ]
    if "reference" not in measured:
        found.append("No labelled reference data: decay could not be judged.")
    return tuple(found)
