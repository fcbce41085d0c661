"""Data against itself and the reference: ``data.quality``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.checks import _evidently as evidently
from audits.engine.checks.columns import coded, features, finite, floats, is_number
from audits.engine.checks.plain import count, finish, insufficient, percent
from audits.engine.checks.verdicts import AT_MOST, Rule, judge, read_settings, worst
from audits.engine.context import Context
from audits.engine.outcome import (
    Axis,
    Figure,
    Measure,
    Outcome,
    Series,
    Table,
    Threshold,
    Verdict,
)
from audits.engine.registry import check
from audits.engine.statistics.intervals import wilson

QUALITY_ID, QUALITY_VERSION = "data.quality", 1
LARGE = 50_000


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """Shares are of rows of the current data.

    ``max_missing``: largest share of missing values in any one feature; ``max_missing_increase``:
    largest rise of that share against the reference; ``max_duplicates``: exact repeats of a row;
    ``max_new_categories``: rows with a category that the reference never had; ``max_out_of_range``:
    rows beyond the reference's smallest or largest value; ``max_constant``: number of constant
    features; ``minimum``: fewest rows. ``rule``: ``point``,
    since every row was counted and the share is no estimate; see ``verdicts``.
    """

    max_missing: float = 0.05
    max_missing_increase: float = 0.05
    max_duplicates: float = 0.05
    max_new_categories: float = 0.01
    max_out_of_range: float = 0.02
    max_constant: int = 0
    minimum: int = 30
    rule: str = "point"
    large: int = field(default=LARGE)


@check(id=QUALITY_ID, title="Data quality", roles=("current",))
def check_quality(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Missing values, repeats, constant columns, new categories, values out of the known range.

    Counts come from Evidently up to ``large`` rows and from the same definitions in numpy beyond
    (tests hold them equal). Shares carry Wilson intervals. Parameters: ``QualitySettings``.
    """
    settings = read_settings(QualitySettings, parameters)
    current = context.frames.get("current")
    names = [] if current is None else features(context, current)
    if current is None or len(current) == 0 or not names:
        return insufficient(QUALITY_ID, QUALITY_VERSION, "There are no rows to check.")
    facts = _facts(context, current, names, settings)
    return _quality_outcome(facts, len(current), settings)


@dataclass(frozen=True, slots=True)
class _Facts:
    per_column: tuple[tuple[str, int, int | None, int, int, int], ...]
    increase: Mapping[str, float]
    duplicates: int
    constant: tuple[str, ...]
    source: str
    compared: bool


def _facts(
    context: Context, current: pd.DataFrame, names: list[str], settings: QualitySettings
) -> _Facts:
    reference = context.frames.get("reference")
    numeric = [name for name in names if is_number(context, current, name)]
    whole = current[names]
    if len(current) <= settings.large:
        counted = evidently.quality(_encoded(whole, numeric), numeric)
        source = f"Evidently {evidently.version()}"
    else:
        counted = counts(whole)
        source = "numpy, by Evidently's definitions"
    rows, increase, constant = [], {}, []
    for name in names:
        missing = counted["missing"][name]
        unique = int(current[name].nunique(dropna=True))
        if unique <= 1:
            constant.append(name)
        before, new, outside = _against(context, reference, current, name)
        rows.append((name, missing, before, unique, new, outside))
        if reference is not None and before is not None and len(reference):
            increase[name] = missing / len(current) - before / len(reference)
    return _Facts(
        tuple(rows),
        increase,
        counted["duplicated_rows"],
        tuple(constant),
        source,
        reference is not None,
    )


def _encoded(frame: pd.DataFrame, numeric: list[str]) -> pd.DataFrame:
    number = set(numeric)
    return pd.DataFrame(
        {
            name: floats(frame[name])
            if name in number
            else np.where(codes < 0, np.nan, codes.astype(np.float64))
            for name in frame.columns
            for codes in [np.empty(0) if name in number else coded(frame[name]).codes[0]]
        }
    )


def counts(frame: pd.DataFrame) -> dict[str, Any]:
    """Count as Evidently does: a row is a duplicate when it repeats an earlier one."""
    return {
        "duplicated_rows": int(frame.duplicated().sum()),
        "missing": {str(name): int(frame[name].isna().sum()) for name in frame.columns},
    }


def _against(
    context: Context, reference: pd.DataFrame | None, current: pd.DataFrame, name: str
) -> tuple[int | None, int, int]:
    """Return missing values in the reference, rows with new categories, rows out of range."""
    if reference is None or name not in reference.columns:
        return None, 0, 0
    before = int(reference[name].isna().sum())
    if is_number(context, current, name):
        known, now = finite(reference[name]), finite(current[name])
        if known.size == 0:
            return before, 0, 0
        outside = np.count_nonzero((now < known.min()) | (now > known.max()))
        return before, 0, int(outside)
    both = coded(reference[name], current[name])
    new = both.counts(1)[both.counts(0) == 0].sum()
    return before, int(new), 0


def _quality_outcome(facts: _Facts, n: int, settings: QualitySettings) -> Outcome:
    rule = Rule(settings.rule, settings.minimum)
    largest = {
        "missing_share": max(row[1] for row in facts.per_column),
        "duplicate_share": facts.duplicates,
        "new_category_share": max(row[4] for row in facts.per_column),
        "out_of_range_share": max(row[5] for row in facts.per_column),
    }
    limits = {
        "missing_share": settings.max_missing,
        "duplicate_share": settings.max_duplicates,
        "new_category_share": settings.max_new_categories,
        "out_of_range_share": settings.max_out_of_range,
    }
    measures, thresholds, verdicts = [], [], {}
    for name, hits in largest.items():
        if name in {"new_category_share", "out_of_range_share"} and not facts.compared:
            continue
        threshold = Threshold(name, AT_MOST, limits[name])
        interval = wilson(hits, n)
        measures.append(Measure(name, hits / n, "share", n, interval))
        thresholds.append(threshold)
        verdicts[name] = judge(hits / n, interval, threshold, n, rule)
    _add_plain(facts, settings, n, measures, thresholds, verdicts)
    return finish(
        Outcome(
            QUALITY_ID,
            QUALITY_VERSION,
            worst(verdicts.values()),
            _quality_summary(facts, n, verdicts),
            tuple(measures),
            tuple(thresholds),
            figures=_missing_figure(facts, n),
            tables=(_quality_table(facts),),
            notes=(f"Counted by {facts.source}.",),
        )
    )


def _add_plain(
    facts: _Facts,
    settings: QualitySettings,
    n: int,
    measures: list[Measure],
    thresholds: list[Threshold],
    verdicts: dict[str, Verdict],
) -> None:
    """Add the two measures that are judged by their value alone."""
    plain = [("constant_columns", float(len(facts.constant)), float(settings.max_constant))]
    if facts.increase:
        rise = max(facts.increase.values())
        plain.append(("missing_increase", max(rise, 0.0), settings.max_missing_increase))
    for name, value, limit in plain:
        threshold = Threshold(name, AT_MOST, limit)
        measures.append(Measure(name, value, "" if name == "constant_columns" else "share", n))
        thresholds.append(threshold)
        verdicts[name] = judge(value, None, threshold, n, Rule("point", settings.minimum))


_NAMES = {
    "missing_share": "missing values",
    "duplicate_share": "repeated rows",
    "new_category_share": "categories unknown to the reference",
    "out_of_range_share": "values beyond the reference's range",
    "constant_columns": "constant columns",
    "missing_increase": "more missing values than in the reference",
}


def _quality_summary(facts: _Facts, n: int, verdicts: Mapping[str, Verdict]) -> str:
    failed = [_NAMES[name] for name, verdict in verdicts.items() if verdict is Verdict.FAIL]
    unsure = [_NAMES[name] for name, v in verdicts.items() if v is Verdict.INSUFFICIENT]
    name, missing, *_ = max(facts.per_column, key=lambda row: row[1])
    worst_column = (
        f"no value is missing in {count(len(facts.per_column), 'column')}"
        if missing == 0
        else f"most values are missing in {name} ({percent(missing / n)})"
    )
    if failed:
        return f"Beyond the limit in {count(n, 'row')}: {', '.join(failed)}; {worst_column}."
    if unsure:
        return f"{count(n, 'row')} are too few to be sure about {', '.join(unsure)}."
    return (
        f"The data are complete enough: {worst_column}; "
        f"{count(facts.duplicates, 'repeated row')} among {n:,}."
    )


def _quality_table(facts: _Facts) -> Table:
    return Table(
        "columns",
        "Quality of each feature",
        (
            "Column",
            "Missing",
            "Missing in reference",
            "Different values",
            "Rows with a new category",
            "Rows out of range",
        ),
        facts.per_column,
    )


def _missing_figure(facts: _Facts, n: int) -> tuple[Figure, ...]:
    rows = [row for row in facts.per_column if row[1]]
    if not rows:
        return ()
    rows = sorted(rows, key=lambda row: (-row[1], row[0]))[:20]
    axis = Axis("Column", categories=tuple(row[0] for row in rows))
    shares = tuple(row[1] / n for row in rows)
    series = Series("current", tuple(float(i) for i in range(len(rows))), shares)
    return (
        Figure("missing", "bar", "Missing values", axis, Axis("Share of rows", "share"), (series,)),
    )
