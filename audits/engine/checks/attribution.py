"""Does the model still rest on the same features? ``explanation.drift``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from audits.engine.checks import explanation_pages as pages
from audits.engine.checks.explanation import resampled
from audits.engine.checks.plain import count, finish, insufficient, percent, show
from audits.engine.checks.verdicts import (
    AT_LEAST,
    AT_MOST,
    Rule,
    judge,
    read_settings,
    worst,
)
from audits.engine.context import PERMUTED_ROWS, SAMPLE_ROWS, Context
from audits.engine.outcome import Measure, Outcome, Threshold, Verdict
from audits.engine.registry import check
from audits.engine.statistics.intervals import percentile

DRIFT = "explanation.drift"
VERSION = 1


@dataclass(frozen=True, slots=True)
class AttributionSettings:
    """``rows``, ``permuted_rows``: sample of each role. ``min_rank_correlation``: Spearman's
    between the importances of reference and current. ``max_difference``: half the sum of the
    absolute differences between the two importance profiles, each scaled to 1 (0: the same, 1:
    nothing in common).
    ``resamples``, ``level``, ``minimum``, ``rule``, ``tolerance``: as elsewhere.
    """

    rows: int = SAMPLE_ROWS
    permuted_rows: int = PERMUTED_ROWS
    min_rank_correlation: float = 0.8
    max_difference: float = 0.15
    resamples: int = 200
    level: float = 0.95
    minimum: int = 100
    rule: str = "point"
    tolerance: float = 0.0


@check(id=DRIFT, title="Drift of the explanation")
def check_attribution(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Compare what the model rests on: reference against current.

    The default rule is ``point``: resampling pulls a rank correlation down, so its interval is
    shown and does not decide unless the policy asks. Parameters: ``AttributionSettings``.
    """
    settings = read_settings(AttributionSettings, parameters)
    roles = ("reference", "current")
    if any(len(context.frame(role)) == 0 for role in roles):
        return insufficient(DRIFT, VERSION, "There are no rows to explain.")
    explained = [
        context.contributions(role, context.to_explain(role, settings.rows, settings.permuted_rows))
        for role in roles
    ]
    strengths = [np.abs(one.values) for one in explained]
    if any(s.sum() == 0 for s in strengths):
        return insufficient(DRIFT, VERSION, "No feature moves the scores; nothing can be compared.")
    replicates = [
        resampled(s, settings.resamples, context.rng(f"bootstrap-{role}"))
        for s, role in zip(strengths, roles, strict=True)
    ]
    profiles = [s.mean(axis=0) / s.mean(axis=0).sum() for s in strengths]
    n = min(s.shape[0] for s in strengths)
    judged = _judged_attribution(profiles, replicates, n, settings)
    return _attribution_outcome(explained[0].features, profiles, judged, n)


def _judged_attribution(
    profiles: list[Any], replicates: list[Any], n: int, settings: AttributionSettings
) -> list[tuple[Measure, Threshold, Verdict]]:
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    judged = []
    for name, function, comparison, limit in (
        ("rank_correlation", rank_correlation, AT_LEAST, settings.min_rank_correlation),
        ("difference", difference, AT_MOST, settings.max_difference),
    ):
        pairs = zip(*replicates, strict=True)
        spread = np.array([function(a / a.sum(), b / b.sum()) for a, b in pairs])
        interval = percentile(spread, settings.level, "bootstrap percentile")
        measure = Measure(name, function(*profiles), "", n, interval)
        threshold = Threshold(name, comparison, limit)
        judged.append((measure, threshold, judge(measure.value, interval, threshold, n, rule)))
    return judged


def rank_correlation(one: Any, two: Any) -> float:
    """Spearman's; 1 where a single feature, or none that differs, leaves nothing to rank."""
    ranks = [rankdata(values) for values in (one, two)]
    if min(float(np.std(r)) for r in ranks) == 0:
        return 1.0
    return float(np.corrcoef(*ranks)[0, 1])


def difference(one: Any, two: Any) -> float:
    return float(np.abs(one - two).sum() / 2)


def _attribution_outcome(
    features: tuple[str, ...],
    profiles: list[Any],
    judged: list[tuple[Measure, Threshold, Verdict]],
    n: int,
) -> Outcome:
    verdict = worst(v for *_, v in judged)
    return finish(
        Outcome(
            DRIFT,
            VERSION,
            verdict,
            _attribution_summary(features, profiles, judged, verdict, n),
            tuple(m for m, _, _ in judged),
            tuple(t for _, t, _ in judged),
            None,
            (pages.profiles_figure(features, profiles),),
            (pages.profiles_table(features, profiles),),
        )
    )


def _attribution_summary(
    features: tuple[str, ...],
    profiles: list[Any],
    judged: list[tuple[Measure, Threshold, Verdict]],
    verdict: Verdict,
    n: int,
) -> str:
    change = profiles[1] - profiles[0]
    first = int(np.argmax(np.abs(change)))
    way = "gained" if change[first] > 0 else "lost"
    values = {m.name: float(m.value or 0.0) for m, _, _ in judged}
    start = {
        Verdict.FAIL: "The model rests on other features than on the reference",
        Verdict.PASS: "The model rests on the same features as on the reference",
    }.get(verdict, f"{count(n, 'row')} cannot settle whether the model rests on the same features")
    return (
        f"{start}: rank correlation {show(values['rank_correlation'])}, difference "
        f"{show(values['difference'])}; {features[first]} {way} most "
        f"({percent(profiles[0][first])} to {percent(profiles[1][first])} of all importance)."
    )
