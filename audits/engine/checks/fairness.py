"""Who is treated how: ``fairness.groups``.

A *favourable decision* is the one that people want: the positive one where the signature says so
(a loan granted), else the negative one (no default predicted). Selection rate, true and false
positive rate are about it. Point values come from fairlearn, intervals from counts.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from audits.engine.checks import fairness_pages as pages
from audits.engine.checks.fairness_errors import errors_by_group
from audits.engine.checks.fairness_kinds import ID, VERSION, Compared, FairnessSettings, Rates
from audits.engine.checks.grouping import Grouping, grouping, intersections
from audits.engine.checks.plain import finish, insufficient
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
from audits.engine.outcome import Detectable, Measure, Outcome, Threshold, Verdict
from audits.engine.plan import Task
from audits.engine.registry import check
from audits.engine.statistics import power
from audits.engine.statistics.intervals import folded, newcombe, ratio, wilson


@check(id=ID, title="Fairness between groups", roles=("current",))
def check_groups(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Selection rates, impact ratios and error rates by protected group, with intervals.

    Fail when one group's interval lies wholly beyond a limit; insufficient evidence when one is
    open. Parameters: ``FairnessSettings``.
    """
    settings = read_settings(FairnessSettings, parameters)
    frame = context.frame("current")
    names = list(settings.columns or context.signature.protected)
    absent = [name for name in names if name not in frame.columns]
    if not names:
        return insufficient(ID, VERSION, "No protected columns are declared; nothing was compared.")
    if absent:
        return insufficient(ID, VERSION, f"The current data lack {', '.join(absent)}.")
    single = [
        grouping(context, frame, name, settings.bins) for name in names if frame[name].notna().any()
    ]
    crossed = intersections(single) if settings.crossed else []
    if context.signature.task is Task.REGRESSION:
        return errors_by_group(context, single, settings)
    return _classification(context, single, crossed, settings)


def _classification(
    context: Context, single: list[Grouping], crossed: list[Grouping], settings: FairnessSettings
) -> Outcome:
    selected, deserving = decisions(context)
    tables: list[tuple[Rates, ...]] = []
    compared: list[Compared] = []
    suppressed = 0
    for one in [*single, *crossed]:
        rates = [r for r in _rates(one, selected, deserving) if r.n]
        large = [r for r in rates if r.n >= settings.minimum]
        suppressed += len(rates) - len(large)
        if not large:
            continue
        reference = _reference(one.name, large, settings)
        tables.append(tuple(large))
        judged = one in single or settings.judge_crossed
        for group in large:
            if group is not reference:
                compared += _compare(group, reference, settings, judged=judged)
    if not any(c.judged for c in compared):
        reason = f"No protected column has two groups of {settings.minimum} rows to compare."
        return insufficient(ID, VERSION, reason)
    _hold_to_fairlearn(single, selected, deserving)
    return _outcome(context, tables, compared, suppressed, settings)


def decisions(context: Context) -> tuple[Any, Any]:
    """Return who got the favourable decision and who deserved it, as booleans."""
    positive = context.scores("current") >= context.signature.threshold
    truth = context.labels("current")
    return (positive, truth) if context.signature.favourable else (~positive, ~truth)


def _rates(one: Grouping, selected: Any, deserving: Any) -> list[Rates]:
    size = len(one.names)
    there = one.member >= 0
    counted = [
        np.bincount(one.member[there & mask], minlength=size)
        for mask in (np.ones_like(selected), selected, deserving, deserving & selected)
    ]
    return [
        Rates(one.name, name, *(int(c[i]) for c in counted)) for i, name in enumerate(one.names)
    ]


def _reference(column: str, large: list[Rates], settings: FairnessSettings) -> Rates:
    wanted = settings.groups.get(column)
    if wanted is not None:
        named = [r for r in large if r.name == str(wanted)]
        if not named:
            raise ParameterError(f"{column} has no group {wanted!r} of {settings.minimum} rows")
        return named[0]
    if settings.reference_group == "largest":
        return max(large, key=lambda r: r.n)
    return max(large, key=lambda r: (r.selection_rate, r.n))


def _compare(
    group: Rates, reference: Rates, settings: FairnessSettings, *, judged: bool
) -> list[Compared]:
    found = [_impact(group, reference, settings)]
    found += [
        _gap(
            "tpr_gap",
            (group.deserving_selected, group.deserving),
            (reference.deserving_selected, reference.deserving),
            settings.max_tpr_gap,
            group,
            settings,
        ),
        _gap(
            "fpr_gap",
            (group.others_selected, group.others),
            (reference.others_selected, reference.others),
            settings.max_fpr_gap,
            group,
            settings,
        ),
    ]
    return [Compared(group, reference, m, t, v, judged) for m, t, v in found]


Judged = tuple[Measure, Threshold, Verdict]


def _impact(group: Rates, reference: Rates, settings: FairnessSettings) -> Judged:
    threshold = Threshold("impact_ratio", AT_LEAST, settings.min_impact_ratio)
    label = pages.label(group)
    if reference.selected == 0:
        measure = Measure("impact_ratio", None, "", group.n, None, label)
        return measure, threshold, Verdict.INSUFFICIENT
    value = group.selection_rate / reference.selection_rate
    interval = ratio(group.selected, group.n, reference.selected, reference.n, settings.level)
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    verdict = judge(value, interval, threshold, min(group.n, reference.n), rule)
    return Measure("impact_ratio", value, "", group.n, interval, label), threshold, verdict


def _gap(
    name: str,
    of_group: tuple[int, int],
    of_reference: tuple[int, int],
    limit: float,
    group: Rates,
    settings: FairnessSettings,
) -> Judged:
    """Judge the absolute difference of two rates; its interval comes from the signed one."""
    threshold = Threshold(name, AT_MOST, limit)
    n = min(of_group[1], of_reference[1])
    if n == 0:
        empty = Measure(name, None, "share", of_group[1], None, pages.label(group))
        return empty, threshold, Verdict.INSUFFICIENT
    signed = newcombe(*of_group, *of_reference, settings.level)
    value = abs(of_group[0] / of_group[1] - of_reference[0] / of_reference[1])
    measure = Measure(name, value, "share", of_group[1], folded(signed), pages.label(group))
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    return measure, threshold, judge(value, measure.interval, threshold, n, rule)


def _hold_to_fairlearn(single: list[Grouping], selected: Any, deserving: Any) -> None:
    """Compute the same rates by fairlearn; raises ``ArithmeticError`` where they differ."""
    from audits.engine.checks._fairlearn import rates

    for one in single:
        there = one.member >= 0
        found = rates(deserving[there], selected[there], one.member[there])
        for place, (selection, recall, fall_out) in found.items():
            own = _rates(one, selected, deserving)[place]
            mine = (
                own.selection_rate,
                own.deserving_selected / own.deserving if own.deserving else 0.0,
                own.others_selected / own.others if own.others else 0.0,
            )
            if not np.allclose((selection, recall, fall_out), mine, atol=1e-12):
                raise ArithmeticError(f"rates of {one.name} differ from fairlearn's")


def _outcome(
    context: Context,
    tables: list[tuple[Rates, ...]],
    compared: list[Compared],
    suppressed: int,
    settings: FairnessSettings,
) -> Outcome:
    judged = [c for c in compared if c.judged]
    rates = [r for rows in tables for r in rows]
    measures = [
        Measure(
            "selection_rate",
            r.selection_rate,
            "share",
            r.n,
            wilson(r.selected, r.n, settings.level),
            pages.label(r),
        )
        for r in rates
    ]
    thresholds = {c.threshold.measure: c.threshold for c in compared}
    return finish(
        Outcome(
            ID,
            VERSION,
            worst(c.verdict for c in judged),
            pages.summary(judged),
            (*measures, *(c.measure for c in compared)),
            tuple(thresholds.values()),
            _detectable(judged, settings),
            pages.figures(tables, compared, settings.level),
            (pages.rates_table(rates), pages.compared_table(compared)),
            pages.notes(context, settings, suppressed),
        )
    )


def _detectable(judged: list[Compared], settings: FairnessSettings) -> Detectable | None:
    """The drop in selection rate that the smallest compared group could have shown."""
    smallest = min(judged, key=lambda c: (c.group.n, c.group.name))
    group, reference = smallest.group, smallest.reference
    effect = power.share_difference(
        reference.selection_rate, group.n, reference.n, 1 - settings.level
    )
    return Detectable(
        "selection_rate",
        effect,
        group.n,
        power.POWER,
        f"difference in selection rate for {pages.label(group)}, the smallest group",
    )
