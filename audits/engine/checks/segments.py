"""Where the model is weak: ``performance.segments``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.checks.grouping import Grouping, grouping
from audits.engine.checks.plain import count, finish, insufficient, show
from audits.engine.checks.verdicts import AT_MOST, Rule, judge, read_settings
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
from audits.engine.plan import ColumnKind, Task
from audits.engine.registry import check
from audits.engine.statistics import power
from audits.engine.statistics.groups import auc_with_error, rmse_with_error
from audits.engine.statistics.intervals import normal

ID, VERSION = "performance.segments", 1
MINIMUM_CLASS = 10
MOST_BARS = 20


@dataclass(frozen=True, slots=True)
class SegmentSettings:
    """``columns``: what to cut by; empty means the protected columns, the declared categories and
    the ``top`` features by mean |contribution|. ``bins``: quantile bins of a number.
    ``max_shortfall``: how much a segment's ROC AUC may lie below that of all other rows
    (regression: how much its RMSE may exceed theirs, as a share). ``minimum``: smaller segments are
    counted, not shown; classification needs 10 of each class as well. ``level``: before it is
    corrected for the number of segments (Bonferroni).
    """

    columns: tuple[str, ...] = ()
    top: int = 3
    bins: int = 4
    max_shortfall: float = 0.1
    minimum: int = 50
    level: float = 0.95
    rule: str = "interval"
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True)
class Segment:
    column: str
    name: str
    n: int
    value: float
    shortfall: float
    interval: Interval
    error: float
    verdict: Verdict


@check(id=ID, title="Weak segments", roles=("current",))
def check_segments(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Each segment against all other rows; the weakest are shown with intervals.

    Fail when one segment's whole interval lies beyond ``max_shortfall``; insufficient evidence when
    one segment's value lies beyond it and its interval does not; pass when every value keeps it,
    with a note of how many segments are too small to be sure. Parameters: ``SegmentSettings``.
    """
    settings = read_settings(SegmentSettings, parameters)
    frame = context.frame("current")
    names = _columns(context, settings)
    absent = [name for name in settings.columns if name not in frame.columns]
    if absent:
        return insufficient(ID, VERSION, f"The current data lack {', '.join(absent)}.")
    groupings = [
        grouping(context, frame, name, settings.bins)
        for name in names
        if frame[name].nunique(dropna=True) > 1
    ]
    segments, suppressed = _segments(context, groupings, settings)
    if not segments:
        reason = (
            f"No segment has {settings.minimum} rows"
            + (" and 10 of each class" if _classifies(context) else "")
            + f"; {count(suppressed, 'segment')} suppressed."
        )
        return insufficient(ID, VERSION, reason)
    return _outcome(context, segments, suppressed, settings)


def _classifies(context: Context) -> bool:
    return context.signature.task is Task.CLASSIFICATION


def _columns(context: Context, settings: SegmentSettings) -> list[str]:
    if settings.columns:
        return [name for name in settings.columns if name in context.frame("current").columns]
    declared = [c.name for c in context.signature.features if c.kind is not ColumnKind.NUMBER]
    held = context.frame("current").columns
    protected = [name for name in context.signature.protected if name in held]
    return list(dict.fromkeys([*protected, *declared, *_top(context, settings.top)]))


def _top(context: Context, top: int) -> list[str]:
    if top <= 0:
        return []
    explained = context.contributions("current", context.to_explain("current"))
    order = np.argsort(-np.abs(explained.values).mean(axis=0), kind="stable")
    return [explained.features[i] for i in order[:top]]


def _segments(
    context: Context, groupings: list[Grouping], settings: SegmentSettings
) -> tuple[list[Segment], int]:
    truth = context.labels("current")
    usable = [
        (one, place)
        for one in groupings
        for place in range(len(one.names))
        if _large_enough(truth, one.rows(place), context, settings)
    ]
    total = sum(len(one.names) for one in groupings)
    level = 1 - (1 - settings.level) / max(len(usable), 1)
    found = [_segment(context, one, place, settings, level) for one, place in usable]
    return found, total - len(usable)


def _large_enough(truth: Any, inside: Any, context: Context, settings: SegmentSettings) -> bool:
    n = int(np.count_nonzero(inside))
    if n < settings.minimum or truth.size - n < settings.minimum:
        return False
    if not _classifies(context):
        return True
    return all(
        min(np.count_nonzero(part), part.size - np.count_nonzero(part)) >= MINIMUM_CLASS
        for part in (truth[inside], truth[~inside])
    )


def _segment(
    context: Context, one: Grouping, place: int, settings: SegmentSettings, level: float
) -> Segment:
    truth, score = context.labels("current"), context.scores("current")
    inside = one.rows(place)
    measure = auc_with_error if _classifies(context) else rmse_with_error
    value, error = measure(truth[inside], score[inside])
    rest, rest_error = measure(truth[~inside], score[~inside])
    if _classifies(context):
        shortfall, spread = rest - value, float(np.hypot(error, rest_error))
    else:
        base = max(rest, np.finfo(np.float64).tiny)
        shortfall = value / base - 1
        spread = float(np.hypot(error / base, value * rest_error / base**2))
    interval = normal(
        shortfall, spread, level, "DeLong" if _classifies(context) else "delta method"
    )
    n = int(np.count_nonzero(inside))
    threshold = Threshold("shortfall", AT_MOST, settings.max_shortfall)
    rule = Rule(settings.rule, settings.minimum, settings.tolerance)
    verdict = judge(shortfall, interval, threshold, n, rule)
    return Segment(one.name, one.names[place], n, value, shortfall, interval, spread, verdict)


def _outcome(
    context: Context, segments: list[Segment], suppressed: int, settings: SegmentSettings
) -> Outcome:
    ordered = sorted(segments, key=lambda s: (-s.shortfall, s.column, s.name))
    failed = [s for s in ordered if s.verdict is Verdict.FAIL]
    unsure = [s for s in ordered if s.verdict is Verdict.INSUFFICIENT]
    open_ = [s for s in unsure if s.shortfall > settings.max_shortfall]
    verdict = Verdict.FAIL if failed else Verdict.INSUFFICIENT if open_ else Verdict.PASS
    name = "roc_auc" if _classifies(context) else "rmse"
    weakest = ordered[0]
    measures = [
        Measure("shortfall", weakest.shortfall, "", weakest.n, weakest.interval, _label(weakest)),
        *(Measure(name, s.value, "", s.n, None, _label(s)) for s in ordered),
    ]
    effect = float(np.median([power.from_error(s.error, settings.level) for s in ordered]))
    return finish(
        Outcome(
            ID,
            VERSION,
            verdict,
            _summary(context, ordered, failed, open_),
            tuple(measures),
            (Threshold("shortfall", AT_MOST, settings.max_shortfall),),
            Detectable(
                "shortfall",
                effect,
                len(context.frame("current")),
                power.POWER,
                "the median over segments",
            ),
            (_figure(ordered),),
            (_table(context, ordered),),
            _notes(ordered, unsure, suppressed, settings),
        )
    )


def _label(segment: Segment) -> str:
    return f"{segment.column}: {segment.name}"


def _summary(
    context: Context, ordered: list[Segment], failed: list[Segment], open_: list[Segment]
) -> str:
    weakest = ordered[0]
    name = "ROC AUC" if _classifies(context) else "RMSE"
    start = (
        f"The weakest of {count(len(ordered), 'segment')} is {_label(weakest)} "
        f"({name} {show(weakest.value)}, n {weakest.n:,})"
    )
    if failed:
        return f"{start}; {count(len(failed), 'segment')} clearly weaker than allowed."
    if open_:
        return f"{start}; with so few rows chance could have made that."
    return f"{start}; none is weaker than allowed."


def _notes(
    ordered: list[Segment], unsure: list[Segment], suppressed: int, settings: SegmentSettings
) -> tuple[str, ...]:
    return (
        (
            f"Intervals are corrected for {count(len(ordered), 'segment')} (Bonferroni). "
            f"{count(len(unsure), 'segment')} could not be told from the limit."
        ),
        (
            f"{count(suppressed, 'segment')} with fewer than {settings.minimum} rows (or 10 of "
            "a class) suppressed."
        ),
    )


def _figure(ordered: list[Segment]) -> Figure:
    shown = ordered[:MOST_BARS]
    axis = Axis("Segment", categories=tuple(_label(s) for s in shown))
    series = Series(
        "shortfall",
        tuple(float(i) for i in range(len(shown))),
        tuple(s.shortfall for s in shown),
        tuple(s.interval.low for s in shown),
        tuple(s.interval.high for s in shown),
    )
    return Figure(
        "segments", "bar", "How much weaker than the other rows", axis, Axis("Shortfall"), (series,)
    )


def _table(context: Context, ordered: list[Segment]) -> Table:
    name = "ROC AUC" if _classifies(context) else "RMSE"
    rows = tuple(
        (
            s.column,
            s.name,
            s.n,
            s.value,
            s.shortfall,
            s.interval.low,
            s.interval.high,
            s.verdict.value,
        )
        for s in ordered
    )
    columns = ("Column", "Segment", "Rows", name, "Weaker by", "Low", "High", "Verdict")
    return Table("segments", "Segments, weakest first", columns, rows)
