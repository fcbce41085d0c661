"""Is the model worth its complexity? ``benchmark.challenger``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.checks.columns import floats, is_number, text
from audits.engine.checks.plain import between, count, finish, insufficient, show
from audits.engine.checks.verdicts import AT_LEAST, Rule, judge, read_settings
from audits.engine.context import Context
from audits.engine.outcome import Detectable, Measure, Outcome, Table, Threshold, Verdict
from audits.engine.plan import Task
from audits.engine.registry import check
from audits.engine.statistics import power, scores
from audits.engine.statistics.intervals import percentile

ID, VERSION = "benchmark.challenger", 1
MINIMUM_CLASS = 10
MOST_CATEGORIES = 50
SIMPLE = {"roc_auc": ("logistic regression", "ROC AUC"), "r2": ("ridge regression", "R²")}


@dataclass(frozen=True, slots=True)
class ChallengerSettings:
    """``min_advantage``: how much better (ROC AUC; R2 for regression) than the challenger the model
    must be; negative allows it to be a little worse. ``rows``: most reference rows the challenger
    learns from. ``resamples``, ``level``, ``minimum``, ``rule``, ``tolerance``: as elsewhere.
    """

    min_advantage: float = -0.02
    rows: int = 20_000
    resamples: int = 200
    level: float = 0.95
    minimum: int = 100
    rule: str = "interval"
    tolerance: float = 0.0


@check(id=ID, title="Against a simple challenger")
def check_challenger(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """A logistic (or ridge) regression learns from the reference; both are held against current.

    The difference is resampled in pairs (same rows for both). Parameters: ``ChallengerSettings``.
    """
    settings = read_settings(ChallengerSettings, parameters)
    classifies = context.signature.task is Task.CLASSIFICATION
    for role in ("reference", "current"):
        if not context.has_labels(role):
            return insufficient(ID, VERSION, f"The {role} data carry no target.")
        truth = context.labels(role)
        if classifies and (truth.all() or not truth.any()):
            return insufficient(ID, VERSION, f"The target of the {role} data holds one class only.")
    rival = challenger_scores(context, settings)
    truth, score = context.labels("current"), context.scores("current")
    name, metric, bootstrap = (
        ("roc_auc", _auc, _bootstrap_auc) if classifies else ("r2", _r2, _bootstrap_r2)
    )
    values = metric(truth, score), metric(truth, rival)
    pair = [
        bootstrap(truth, one, settings.resamples, context.rng("bootstrap"))
        for one in (score, rival)
    ]
    return _outcome(context, name, values, pair[0] - pair[1], settings)


def challenger_scores(context: Context, settings: ChallengerSettings) -> Any:
    """Fit on a plan-named sample of the reference and score the current rows."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    chosen = context.sample("reference", settings.rows)
    learn, names = design(context, context.frame("reference").iloc[chosen], None)
    apply, _ = design(context, context.frame("current"), names)
    truth = context.labels("reference")[chosen]
    if context.signature.task is Task.CLASSIFICATION:
        if truth.all() or not truth.any():
            return np.full(len(apply), float(truth.mean()))
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        return model.fit(learn, truth).predict_proba(apply)[:, 1]
    return make_pipeline(StandardScaler(), Ridge()).fit(learn, truth).predict(apply)


Design = dict[str, tuple[float, tuple[str, ...]]]


def design(context: Context, frame: pd.DataFrame, known: Design | None) -> tuple[Any, Design]:
    """Return a matrix: numbers with gaps at the median and a flag, categories as indicators."""
    columns, learnt = [], dict(known or {})
    for name in context.features:
        if is_number(context, frame, name):
            values = floats(frame[name])
            gaps = ~np.isfinite(values)
            if name not in learnt:
                middle = float(np.median(values[~gaps])) if (~gaps).any() else 0.0
                learnt[name] = (middle, ())
            columns += [np.where(gaps, learnt[name][0], values), gaps.astype(np.float64)]
            continue
        values_text = text(frame[name]).to_numpy(dtype=object)
        if name not in learnt:
            counts = pd.Series(values_text).value_counts()
            kept = sorted(counts.index, key=lambda c: (-int(counts[c]), str(c)))[:MOST_CATEGORIES]
            learnt[name] = (0.0, tuple(kept))
        columns += [(values_text == category).astype(np.float64) for category in learnt[name][1]]
    return np.column_stack(columns) if columns else np.zeros((len(frame), 1)), learnt


def _auc(truth: Any, score: Any) -> float:
    return scores.classification(truth, score, 0.5)["roc_auc"]


def _r2(truth: Any, score: Any) -> float:
    return scores.regression(truth, score)["r2"]


def _bootstrap_auc(truth: Any, score: Any, resamples: int, rng: np.random.Generator) -> Any:
    return scores.bootstrap_auc(truth, score, resamples, rng)


def _bootstrap_r2(truth: Any, score: Any, resamples: int, rng: np.random.Generator) -> Any:
    return scores.bootstrap_regression(truth, score, resamples, rng)["r2"]


def _outcome(
    context: Context,
    name: str,
    values: tuple[float, float],
    spread: Any,
    settings: ChallengerSettings,
) -> Outcome:
    n, usable = _rows(context)
    interval = percentile(spread, settings.level, "paired bootstrap percentile")
    advantage = Measure("advantage", values[0] - values[1], "", n, interval)
    threshold = Threshold("advantage", AT_LEAST, settings.min_advantage)
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    verdict = judge(advantage.value, interval, threshold, usable, rule)
    effect = power.from_error(float(np.nanstd(spread, ddof=1)), settings.level)
    learnt = min(settings.rows, len(context.frame("reference")))
    simple, label = SIMPLE[name]
    rows = (("model", values[0]), (simple, values[1]))
    return finish(
        Outcome(
            ID,
            VERSION,
            verdict,
            _summary(name, values, advantage, verdict),
            (
                advantage,
                Measure(name, values[0], "", n),
                Measure(name, values[1], "", n, None, "challenger"),
            ),
            (threshold,),
            Detectable("advantage", effect, n, power.POWER, "distance from the threshold"),
            tables=(Table("challenger", "Model and challenger", ("Model", label), rows),),
            notes=(
                (
                    f"The challenger learnt from {learnt:,} reference rows; the same current rows "
                    "are resampled for both."
                ),
            ),
        )
    )


def _rows(context: Context) -> tuple[int, int]:
    """Return the rows, and as many as count: none when a class has fewer than ten."""
    truth = context.labels("current")
    n = int(truth.size)
    if context.signature.task is not Task.CLASSIFICATION:
        return n, n
    rarer = min(np.count_nonzero(truth), np.count_nonzero(~truth))
    return n, n if rarer >= MINIMUM_CLASS else 0


def _summary(name: str, values: tuple[float, float], advantage: Measure, verdict: Verdict) -> str:
    simple, label = SIMPLE[name]
    difference = float(advantage.value or 0.0)
    way = "better" if difference >= 0 else "worse"
    text_ = (
        f"The model is {show(abs(difference))} {way} in {label} than a {simple} "
        f"({show(values[0])} against {show(values[1])}){between(advantage.interval)}"
    )
    if verdict is Verdict.FAIL:
        return f"{text_}; that is less than is asked of it."
    if verdict is Verdict.INSUFFICIENT:
        return f"{text_}; {count(advantage.n or 0, 'row')} cannot settle it."
    return f"{text_}."
