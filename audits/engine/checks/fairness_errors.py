"""Fairness of a regression: whether one group's value is guessed too high or too low."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.checks import fairness_pages as pages
from audits.engine.checks.fairness_kinds import ID, VERSION, FairnessSettings
from audits.engine.checks.grouping import Grouping
from audits.engine.checks.plain import count, finish, insufficient
from audits.engine.checks.verdicts import AT_MOST, Rule, judge, worst
from audits.engine.context import Context
from audits.engine.outcome import Detectable, Measure, Outcome, Threshold, Verdict
from audits.engine.statistics import power
from audits.engine.statistics.intervals import folded, normal


@dataclass(frozen=True, slots=True)
class Errors:
    """One group's errors, in standard deviations of the target."""

    column: str
    name: str
    values: Any


def errors_by_group(
    context: Context, groupings: list[Grouping], settings: FairnessSettings
) -> Outcome:
    """Compare each group's mean error with that of the largest group of its column."""
    truth, score = context.labels("current"), context.scores("current")
    deviation = float(truth.std())
    if deviation == 0:
        return insufficient(ID, VERSION, "The target never changes; errors cannot be scaled.")
    error = (score - truth) / deviation
    threshold = Threshold("error_gap", AT_MOST, settings.max_error_gap)
    found: list[tuple[Measure, Verdict, float]] = []
    shown: list[Errors] = []
    suppressed = 0
    for one in groupings:
        every = [Errors(one.name, name, error[one.rows(i)]) for i, name in enumerate(one.names)]
        large = [e for e in every if e.values.size >= max(settings.minimum, 2)]
        suppressed += sum(e.values.size > 0 for e in every) - len(large)
        if len(large) > 1:
            shown += large
            base = max(large, key=lambda e: e.values.size)
            found += [_gap(e, base, threshold, settings) for e in large if e is not base]
    if not found:
        reason = f"No protected column has two groups of {settings.minimum} rows."
        return insufficient(ID, VERSION, reason)
    return _outcome(found, shown, threshold, suppressed)


def _gap(
    group: Errors, base: Errors, threshold: Threshold, settings: FairnessSettings
) -> tuple[Measure, Verdict, float]:
    one, two = group.values, base.values
    spread = float(np.sqrt(one.var(ddof=1) / one.size + two.var(ddof=1) / two.size))
    gap = float(one.mean() - two.mean())
    interval = folded(normal(gap, spread, settings.level, "Welch"))
    label = f"{group.column}: {group.name}"
    measure = Measure("error_gap", abs(gap), "sd of target", int(one.size), interval, label)
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    return measure, judge(abs(gap), interval, threshold, int(one.size), rule), spread


def _outcome(
    found: list[tuple[Measure, Verdict, float]],
    shown: list[Errors],
    threshold: Threshold,
    suppressed: int,
) -> Outcome:
    judged = [(measure, verdict) for measure, verdict, _ in found]
    hardest, _, spread = max(found, key=lambda f: (f[2], f[0].group))
    detectable = Detectable(
        "error_gap",
        power.from_error(spread, 0.95),
        hardest.n or 0,
        power.POWER,
        f"for {hardest.group}, the group that shows least",
    )
    rows = [
        (
            e.column,
            e.name,
            int(e.values.size),
            float(e.values.mean()),
            float(np.sqrt((e.values**2).mean())),
        )
        for e in shown
    ]
    return finish(
        Outcome(
            ID,
            VERSION,
            worst(verdict for _, verdict in judged),
            pages.regression_summary(judged, threshold.value),
            tuple(measure for measure, _ in judged),
            (threshold,),
            detectable,
            tables=(pages.errors_table(rows),),
            notes=(
                (
                    f"Each group against the largest of its column; {count(suppressed, 'group')} "
                    "suppressed."
                ),
            ),
        )
    )
