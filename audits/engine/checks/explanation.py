"""Why the model decides as it does: ``explanation.importance``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.checks import explanation_pages as pages
from audits.engine.checks.plain import count, finish, insufficient, percent, show
from audits.engine.checks.verdicts import (
    AT_MOST,
    ParameterError,
    Rule,
    judge,
    read_settings,
    worst,
)
from audits.engine.context import PERMUTED_ROWS, SAMPLE_ROWS, Context
from audits.engine.models.base import Contributions
from audits.engine.outcome import Detectable, Measure, Outcome, Threshold, Verdict
from audits.engine.registry import check
from audits.engine.statistics import power
from audits.engine.statistics.intervals import percentile

IMPORTANCE = "explanation.importance"
VERSION = 1


@dataclass(frozen=True, slots=True)
class ImportanceSettings:
    """``rows``: size of the random sample that is explained (the plan's seed); ``permuted_rows``:
    the same where the model can only be explained by permutation, which costs thousands of scores
    a row. ``resamples``, ``level``: bootstrap over these rows. ``top``: features with a dependence
    chart. ``cases``: local cases of each kind. ``reasons``: reasons named for each case.
    ``max_additivity_error``: largest gap between a score and the sum of its contributions, relative
    to the spread of the raw scores. ``max_top_share``: largest share of all importance that one
    feature may hold (1: any). ``minimum``: fewest rows.
    """

    rows: int = SAMPLE_ROWS
    permuted_rows: int = PERMUTED_ROWS
    resamples: int = 200
    level: float = 0.95
    top: int = 4
    cases: int = 2
    reasons: int = 3
    max_additivity_error: float = 0.001
    max_top_share: float = 1.0
    minimum: int = 100

    def __post_init__(self) -> None:
        if min(self.rows, self.permuted_rows) < 1:
            raise ParameterError("rows and permuted_rows must be at least 1")


@check(id=IMPORTANCE, title="What drives the scores", roles=("current",))
def check_importance(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Mean |contribution| of each feature with intervals, dependence, and cases in plain words.

    Passes when the contributions add up to the scores (else they explain nothing) and no feature
    holds more than ``max_top_share``. Parameters: ``ImportanceSettings``.
    """
    settings = read_settings(ImportanceSettings, parameters)
    if len(context.frame("current")) == 0:
        return insufficient(IMPORTANCE, VERSION, "There are no rows to explain.")
    positions = context.to_explain("current", settings.rows, settings.permuted_rows)
    explained = context.contributions("current", positions)
    return _importance_outcome(context, positions, explained, settings)


def _importance_outcome(
    context: Context, positions: Any, explained: Contributions, settings: ImportanceSettings
) -> Outcome:
    frame = context.frame("current")
    strength = np.abs(explained.values)
    mean = strength.mean(axis=0)
    order = np.argsort(-mean, kind="stable")
    replicates = resampled(strength, settings.resamples, context.rng("bootstrap"))
    measures = _importances(explained, mean, order, replicates, settings)
    error = _relative_error(explained)
    judged = _judged_importance(error, _top_share(mean), len(positions), settings)
    return finish(
        Outcome(
            IMPORTANCE,
            VERSION,
            worst(verdict for *_, verdict in judged),
            _importance_summary(explained, order, mean, error, judged, settings),
            (*(m for m, _, _ in judged), *measures),
            tuple(threshold for _, threshold, _ in judged),
            _detectable(replicates, order, explained, settings),
            (
                pages.importance_figure(measures, explained),
                *pages.dependence(frame.iloc[positions], explained, order[: settings.top]),
            ),
            (
                pages.importance_table(measures, explained),
                *pages.cases(context, settings.cases, settings.reasons),
            ),
            _notes(explained, len(frame), len(positions), replicates, order),
        )
    )


def resampled(strength: Any, resamples: int, rng: np.random.Generator) -> Any:
    """Return (resamples, features): mean |contribution| over rows drawn with replacement."""
    n = strength.shape[0]
    weights = np.zeros((resamples, n))
    for index in range(resamples):
        weights[index] = np.bincount(rng.integers(0, n, n), minlength=n)
    return weights @ strength / n


def _importances(
    explained: Contributions, mean: Any, order: Any, replicates: Any, settings: ImportanceSettings
) -> list[Measure]:
    return [
        Measure(
            "importance",
            float(mean[i]),
            explained.scale,
            explained.values.shape[0],
            percentile(replicates[:, i], settings.level, "bootstrap percentile"),
            explained.features[i],
        )
        for i in order
    ]


def _top_share(mean: Any) -> float:
    total = float(mean.sum())
    return float(mean.max() / total) if total > 0 else 0.0


def _relative_error(explained: Contributions) -> float:
    raw = explained.values.sum(axis=1) + explained.base
    spread = float(raw.std())
    return explained.additivity_error / spread if spread > 0 else explained.additivity_error


def _judged_importance(
    error: float, share: float, n: int, settings: ImportanceSettings
) -> list[tuple[Measure, Threshold, Verdict]]:
    rule = Rule("point", settings.minimum)
    return [
        (
            Measure(name, value, unit, n),
            threshold,
            judge(value, None, threshold, n, rule),
        )
        for name, value, unit, threshold in (
            (
                "additivity_error",
                error,
                "sd of raw score",
                Threshold("additivity_error", AT_MOST, settings.max_additivity_error),
            ),
            ("top_share", share, "share", Threshold("top_share", AT_MOST, settings.max_top_share)),
        )
    ]


def _importance_summary(
    explained: Contributions,
    order: Any,
    mean: Any,
    error: float,
    judged: list[tuple[Measure, Threshold, Verdict]],
    settings: ImportanceSettings,
) -> str:
    total = float(mean.sum())
    if total == 0:
        return "No feature moves the scores: the model gives every row the same score."
    names = [f"{explained.features[i]} ({percent(mean[i] / total, 0)})" for i in order[:3]]
    text = f"The scores rest most on {', '.join(names)} of {count(len(order), 'feature')}"
    failed = {m.name for m, _, v in judged if v is Verdict.FAIL}
    if "additivity_error" in failed:
        return (
            f"The contributions do not add up to the scores (error {show(error)}): they explain "
            "nothing."
        )
    if "top_share" in failed:
        return f"{text}; the first holds more than {percent(settings.max_top_share, 0)}."
    if any(v is Verdict.INSUFFICIENT for *_, v in judged):
        return f"{text}; fewer than {settings.minimum} rows were explained."
    return f"{text}; the contributions add up to the scores."


def _detectable(
    replicates: Any, order: Any, explained: Contributions, settings: ImportanceSettings
) -> Detectable | None:
    if replicates.shape[0] < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    error = float(replicates[:, order[0]].std(ddof=1))
    n = explained.values.shape[0]
    effect = power.from_error(error, settings.level)
    first = explained.features[order[0]]
    return Detectable("importance", effect, n, power.POWER, f"for {first}, the strongest feature")


def _notes(
    explained: Contributions, rows: int, used: int, replicates: Any, order: Any
) -> tuple[str, ...]:
    first = order[0]
    mean = float(replicates[:, first].mean())
    error = float(replicates[:, first].std(ddof=1)) / mean if mean > 0 else 0.0
    sample = (
        f"All {rows:,} rows were explained."
        if used == rows
        else f"A random sample of {used:,} of {rows:,} rows was explained (seed {explained.seed}); "
        f"that makes the strongest importance uncertain by about {percent(2 * error)}."
    )
    background = (
        f"{explained.background_rows} rows of background"
        if explained.background_rows
        else "no background rows"
    )
    return (
        sample,
        (
            f"Contributions: {explained.mode}, on the {explained.scale} scale, {background}. "
            "A contribution says what moved the model's score, not what would change the world."
        ),
    )
