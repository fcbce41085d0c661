"""How drift is shown: sentence, table, charts and notes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audits.engine.checks.drift_kinds import Column, DriftSettings, Sample
from audits.engine.checks.plain import count, show
from audits.engine.outcome import Axis, Figure, Series, Table, Verdict

MOST_BARS = 20
MOST_CHARTS = 4
BINS = 20
STATES = {
    Verdict.FAIL: "drifted",
    Verdict.PASS: "stable",
    Verdict.INSUFFICIENT: "undecided",
}
SUBJECTS = {"drift.target": "The target", "drift.prediction": "The predictions"}


def summary(columns: Sequence[Column], id_: str) -> str:
    if id_ in SUBJECTS:
        return _one(SUBJECTS[id_], columns[0])
    drifted = [c for c in columns if c.verdict is Verdict.FAIL]
    unsure = [c for c in columns if c.verdict is Verdict.INSUFFICIENT]
    compared = [c for c in columns if c.method]
    if not compared:
        return "No column could be compared."
    largest = max(compared, key=lambda c: (c.effect / c.limit, c.name))
    end = f"the largest shift is {largest.name} ({_effect(largest)})"
    if drifted:
        names = ", ".join(c.name for c in _by_effect(drifted)[:3])
        more = "" if len(drifted) <= 3 else f" and {len(drifted) - 3} more"  # noqa: PLR2004
        return f"{len(drifted)} of {count(len(columns), 'column')} drifted: {names}{more}; {end}."
    stable = len(columns) - len(unsure)
    tail = f"; {len(unsure)} could not be decided" if unsure else ""
    return f"{stable} of {count(len(columns), 'column')} are stable{tail}; {end}."


def _one(subject: str, column: Column) -> str:
    verb = "is" if subject == "The target" else "are"
    if column.verdict is Verdict.FAIL:
        has = "has" if verb == "is" else "have"
        return f"{subject} {has} drifted ({_effect(column)}, limit {show(column.limit)})."
    if column.verdict is Verdict.PASS:
        return f"{subject} {verb} stable ({_effect(column)}, limit {show(column.limit)})."
    return f"Drift of {subject.lower()} cannot be decided: {column.reason}."


def _effect(column: Column) -> str:
    name = "K-S distance" if column.number else "Cramér's V"
    return f"{name} {show(column.effect)}"


def _by_effect(columns: Sequence[Column]) -> list[Column]:
    return sorted(columns, key=lambda c: (-c.effect / c.limit, c.name))


def table(columns: Sequence[Column], names: Mapping[str, str]) -> Table:
    rows = tuple(
        (
            c.name,
            STATES[c.verdict],
            "K-S distance" if c.number else "Cramér's V",
            c.effect if c.method else None,
            c.limit,
            c.adjusted if c.method else None,
            c.psi if c.method else None,
            names.get(c.method, ""),
            c.score,
            c.n_reference,
            c.n_current,
            c.reason,
        )
        for c in _by_effect(columns)
    )
    return Table(
        "columns",
        "Shift of each column, largest first",
        (
            "Column",
            "State",
            "Effect",
            "Size",
            "Limit",
            "p-value, corrected",
            "PSI, deciles",
            "Evidently's method",
            "Evidently's score",
            "n reference",
            "n current",
            "Why undecided",
        ),
        rows,
        "Missing values are left out here; data.quality compares their share.",
    )


def notes(columns: Sequence[Column], settings: DriftSettings, source: str) -> tuple[str, ...]:
    name = {"holm": "Holm", "bh": "Benjamini-Hochberg"}[settings.correction]
    found = [
        (
            "Rule: a column has drifted when its effect reaches the limit (K-S distance "
            f"{settings.max_ks:g}, Cramér's V {settings.max_cramers_v:g}) and its p-value, "
            f"corrected over {count(len(columns), 'column')} ({name}), is below "
            f"{settings.alpha:g}. PSI and Evidently's score inform and do not decide."
        ),
        f"Evidently's score: {source}.",
    ]
    other = [c.name for c in columns if c.method and c.psi >= 0.25 and c.verdict is Verdict.PASS]  # noqa: PLR2004
    if other:
        found.append(f"PSI alone (0.25 and more) would have flagged {', '.join(sorted(other))}.")
    return tuple(found)


def figures(columns: Sequence[Column], samples: Mapping[str, Sample]) -> tuple[Figure, ...]:
    compared = [c for c in columns if c.method]
    charts = []
    if len(compared) > 1:
        charts.append(_bars(_by_effect(compared)[:MOST_BARS]))
    shown = _by_effect(compared)[:MOST_CHARTS]
    return (*charts, *(_distribution(column, samples[column.name]) for column in shown))


def _bars(columns: Sequence[Column]) -> Figure:
    axis = Axis("Column", categories=tuple(c.name for c in columns))
    place = tuple(float(i) for i in range(len(columns)))
    effects = Series("effect", place, tuple(c.effect for c in columns))
    limits = Series("limit", place, tuple(c.limit for c in columns))
    return Figure(
        "effects",
        "bar",
        "Shift of each column",
        axis,
        Axis("K-S distance or Cramér's V"),
        (effects, limits),
    )


def _distribution(column: Column, sample: Sample) -> Figure:
    title = f"{column.name}: reference and current"
    key = f"distribution-{column.name}"
    share = Axis("Share of rows", "share")
    if column.number:
        edges = _edges(sample.reference, sample.current)
        centres = tuple(float(v) for v in (edges[1:] + edges[:-1]) / 2)
        shares = [_shares(v, edges) for v in (sample.reference, sample.current)]
        axis = Axis(column.name)
    else:
        top = np.argsort(-(sample.reference + sample.current), kind="stable")[:MOST_BARS]
        axis = Axis(column.name, categories=tuple(sample.names[i] for i in top))
        centres = tuple(float(i) for i in range(len(top)))
        shares = [tuple(v[top] / v.sum()) for v in (sample.reference, sample.current)]
    series = tuple(
        Series(name, centres, values)
        for name, values in zip(("reference", "current"), shares, strict=True)
    )
    return Figure(key, "histogram", title, axis, share, series)


def _edges(reference: Any, current: Any) -> Any:
    """Equal widths between the outer half percents, so one wild value does not flatten the rest."""
    both = np.concatenate([reference, current])
    low, high = np.quantile(both, [0.005, 0.995])
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)


def _shares(values: Any, edges: Any) -> tuple[float, ...]:
    """Values beyond the edges count in the outer bins."""
    counted, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return tuple(float(v) for v in counted / values.size)
