"""How explanations are shown: bars, dependence, and single cases in plain words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.checks.columns import MISSING, coded
from audits.engine.checks.plain import show
from audits.engine.context import Context
from audits.engine.models.base import Contributions
from audits.engine.outcome import Axis, Figure, Measure, Series, Table
from audits.engine.plan import Task

MOST_BARS = 20
DEPENDENCE_POINTS = 300


def importance_figure(measures: Sequence[Measure], explained: Contributions) -> Figure:
    shown = measures[:MOST_BARS]
    place = tuple(float(i) for i in range(len(shown)))
    values = tuple(float(m.value or 0.0) for m in shown)
    whiskers = [m.interval for m in shown]
    low = tuple(i.low if i else v for i, v in zip(whiskers, values, strict=True))
    high = tuple(i.high if i else v for i, v in zip(whiskers, values, strict=True))
    return Figure(
        "importance",
        "bar",
        "What drives the scores",
        Axis("Feature", categories=tuple(m.group for m in shown)),
        Axis("Mean |contribution|", explained.scale),
        (Series("current", place, values, low, high),),
        "Whiskers: 95 % intervals over resampled rows.",
    )


def importance_table(measures: Sequence[Measure], explained: Contributions) -> Table:
    total = sum(float(m.value or 0.0) for m in measures) or 1.0
    signed = dict(zip(explained.features, explained.values.mean(axis=0), strict=True))  # noqa: PD011
    rows = tuple(
        (
            m.group,
            m.value,
            m.interval.low if m.interval else None,
            m.interval.high if m.interval else None,
            float(m.value or 0.0) / total,
            float(signed[m.group]),
        )
        for m in measures
    )
    columns = ("Feature", "Mean |contribution|", "Low", "High", "Share of all", "Mean, signed")
    return Table("importance", "Importance of each feature", columns, rows)


def dependence(frame: pd.DataFrame, explained: Contributions, places: Any) -> tuple[Figure, ...]:
    """Return one chart for each feature: its value against its contribution."""
    return tuple(_dependence(frame, explained, int(i)) for i in places)


def _dependence(frame: pd.DataFrame, explained: Contributions, place: int) -> Figure:
    name = explained.features[place]
    shown = slice(0, DEPENDENCE_POINTS)
    series = frame[name].iloc[shown]
    effect = explained.values[shown, place]  # noqa: PD011
    if pd.api.types.is_numeric_dtype(series.dtype):
        axis, values = Axis(name), series.to_numpy(dtype=np.float64)
        there = np.isfinite(values)
    else:
        codes = coded(series)
        axis, values = Axis(name, categories=codes.names), codes.codes[0].astype(np.float64)
        there = values != MISSING
    points = Series(
        "rows",
        tuple(float(v) for v in values[there]),
        tuple(float(v) for v in effect[there]),
    )
    return Figure(
        f"dependence-{name}",
        "scatter",
        f"{name}: value and effect on the score",
        axis,
        Axis("Contribution", explained.scale),
        (points,),
        f"{int(there.sum())} of the explained rows.",
    )


def cases(context: Context, each: int, reasons: int) -> tuple[Table, ...]:
    """Return typical cases, the worst errors and cases near the threshold, with their reasons."""
    chosen = _chosen(context, each)
    if not chosen:
        return ()
    positions = np.array([position for _, position in chosen], dtype=np.int64)
    explained = context.contributions("current", positions)
    score = context.scores("current")
    labels = context.labels("current") if context.has_labels("current") else None
    frame = context.frame("current")
    rows = []
    for index, (kind, position) in enumerate(chosen):
        rows.append(
            (
                kind,
                int(position) + 1,
                float(score[position]),
                _truth(context, labels, position),
                reasons_for(frame.iloc[position], explained, index, reasons),
            )
        )
    columns = ("Kind", "Row", "Score", "What happened", "Reasons, strongest first")
    note = "Row 1 is the first row of the current data. Raises and lowers are about the score."
    return (Table("cases", "Single cases", columns, tuple(rows), note),)


def _truth(context: Context, labels: Any, position: int) -> str | float | None:
    if labels is None:
        return None
    if context.signature.task is Task.REGRESSION:
        return float(labels[position])
    positive = str(context.signature.positive_label)
    return positive if labels[position] else f"not {positive}"


def _chosen(context: Context, each: int) -> list[tuple[str, int]]:
    score = context.scores("current")
    typical = np.argsort(np.abs(score - np.median(score)), kind="stable")
    found = [("typical", int(i)) for i in typical[:each]]
    if context.has_labels("current"):
        labels = context.labels("current")
        worst = np.argsort(-np.abs(score - labels), kind="stable")
        found += [("worst error", int(i)) for i in worst[:each]]
    if context.signature.task is Task.CLASSIFICATION:
        near = np.argsort(np.abs(score - context.signature.threshold), kind="stable")
        found += [("near the threshold", int(i)) for i in near[:each]]
    return found


def reasons_for(row: Any, explained: Contributions, index: int, most: int) -> str:
    """Write the strongest contributions of one row: ``obrat 52 lowers by 0.8; ...``."""
    values = explained.values[index]  # noqa: PD011
    order = np.argsort(-np.abs(values), kind="stable")[:most]
    parts = [
        f"{explained.features[i]} {_value(row[explained.features[i]])} "
        f"{'raises' if values[i] > 0 else 'lowers'} it by {show(abs(float(values[i])))}"
        for i in order
        if values[i] != 0
    ]
    return "; ".join(parts) or "nothing moved the score"


def _value(value: Any) -> str:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return "(missing)"
    return show(float(value)) if isinstance(value, int | float | np.number) else str(value)


def profiles_figure(features: Sequence[str], profiles: Sequence[Any]) -> Figure:
    order = np.argsort(-(profiles[0] + profiles[1]), kind="stable")[:MOST_BARS]
    place = tuple(float(i) for i in range(len(order)))
    series = tuple(
        Series(name, place, tuple(float(v) for v in profile[order]))
        for name, profile in zip(("reference", "current"), profiles, strict=True)
    )
    axis = Axis("Feature", categories=tuple(features[i] for i in order))
    share = Axis("Share of all importance", "share")
    return Figure("profiles", "bar", "What the scores rest on", axis, share, series)


def profiles_table(features: Sequence[str], profiles: Sequence[Any]) -> Table:
    change = profiles[1] - profiles[0]
    order = np.argsort(-np.abs(change), kind="stable")
    rows = tuple(
        (features[i], float(profiles[0][i]), float(profiles[1][i]), float(change[i])) for i in order
    )
    columns = ("Feature", "Share, reference", "Share, current", "Change")
    return Table("profiles", "What the scores rest on, largest change first", columns, rows)
