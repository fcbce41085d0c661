"""Data against its declaration: ``data.schema``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from audits.engine.checks.columns import features, floats, text
from audits.engine.checks.plain import count, finish, insufficient, show
from audits.engine.checks.verdicts import AT_MOST, read_settings
from audits.engine.context import Context
from audits.engine.outcome import Measure, Outcome, Table, Threshold, Verdict
from audits.engine.plan import Column
from audits.engine.registry import check

ID, VERSION = "data.schema", 1
EXAMPLES = 3
FIRST_ROWS = 1_000

Departure = tuple[str, str, str, int, int, str]  # data, column, departure, rows, of, examples


@dataclass(frozen=True, slots=True)
class SchemaSettings:
    """``max_violation_share``: share of rows that may break a declared bound, allowed value or
    requirement (0: none may). ``allow_constant``: features that may hold one value only.
    """

    max_violation_share: float = 0.0
    allow_constant: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("reference", "current")


@check(id=ID, title="Data as declared", roles=("current",))
def check_schema(context: Context, parameters: Mapping[str, Any]) -> Outcome:
    """Each row against the declared columns, types, bounds and allowed values.

    A feature that holds one value, none at all, or the same values as another one is a failure:
    the model was declared to use it. Parameters: ``SchemaSettings``.
    """
    settings = read_settings(SchemaSettings, parameters)
    rows: list[Departure] = []
    total = 0
    for role in settings.roles:
        frame = context.frames.get(role)
        if frame is None:
            continue
        total += len(frame)
        for column in context.signature.features:
            rows += [(role, column.name, *found) for found in _violations(frame, column, settings)]
        rows += [(role, *found) for found in _twins(context, frame)]
    if total == 0:
        return insufficient(ID, VERSION, "There are no rows to check.")
    return _schema_outcome(context, settings, rows, total)


def _violations(
    frame: pd.DataFrame, column: Column, settings: SchemaSettings
) -> list[tuple[str, int, int, str]]:
    if column.name not in frame.columns:
        return [("column is missing", len(frame), len(frame), "")]
    series, n = frame[column.name], len(frame)
    missing = int(series.isna().sum())
    if missing == n:
        return [("all values are missing", n, n, "")]
    found = []
    if column.required and missing:
        found.append(("required value is missing", missing, n, ""))
    if column.name not in settings.allow_constant and holds_one_value(series):
        found.append(("holds one value only", n, n, str(text(series.dropna().head(1)).iloc[0])))
    return found + _out_of_bounds(series, column)


def _out_of_bounds(series: "pd.Series[Any]", column: Column) -> list[tuple[str, int, int, str]]:
    found, n = [], len(series)
    for bound, word in ((column.minimum, "below"), (column.maximum, "above")):
        if bound is None:
            continue
        values = floats(series)
        bad = values[values < bound] if word == "below" else values[values > bound]
        if bad.size:
            example = ", ".join(show(v) for v in bad[:EXAMPLES])
            found.append((f"{word} the declared {show(bound)}", int(bad.size), n, example))
    if column.allowed:
        words = text(series).dropna()
        bad_values = words[~words.isin(column.allowed)]
        if len(bad_values):
            example = ", ".join(sorted(set(bad_values))[:EXAMPLES])
            found.append(("value is not allowed", len(bad_values), n, example))
    return found


def holds_one_value(series: "pd.Series[Any]") -> bool:
    """Say whether all values that are there are equal; a column without any holds none."""
    there = series.dropna()
    return len(there) > 0 and bool((there == there.iloc[0]).all())


def _twins(context: Context, frame: pd.DataFrame) -> list[tuple[str, str, int, int, str]]:
    """Find features that repeat an earlier one; only those whose first rows agree are compared."""
    seen: dict[int, list[str]] = {}
    found = []
    for name in features(context, frame):
        values = frame[name]
        if values.isna().all() or holds_one_value(values):
            continue
        key = hash(tuple(values.head(FIRST_ROWS).fillna("").tolist()))
        twin = next((other for other in seen.get(key, []) if values.equals(frame[other])), None)
        if twin is None:
            seen.setdefault(key, []).append(name)
        else:
            found.append((name, f"repeats column {twin}", len(frame), len(frame), ""))
    return found


def _schema_outcome(
    context: Context, settings: SchemaSettings, rows: list[Departure], total: int
) -> Outcome:
    largest = max((bad / n for _, _, _, bad, n, _ in rows if n), default=0.0)
    verdict = Verdict.FAIL if largest > settings.max_violation_share else Verdict.PASS
    columns = len(context.signature.features)
    measures = (
        Measure("violation_share", largest, "share", total),
        Measure("violations", len(rows), "", columns),
    )
    threshold = Threshold("violation_share", AT_MOST, settings.max_violation_share)
    summary, tables = _summary(rows, columns, total), (_table(rows),) if rows else ()
    return finish(Outcome(ID, VERSION, verdict, summary, measures, (threshold,), tables=tables))


def _summary(rows: list[Departure], columns: int, total: int) -> str:
    if not rows:
        return f"All {count(columns, 'declared column')} are as declared in {count(total, 'row')}."
    role, name, problem, bad, n, _ = max(rows, key=lambda r: (r[3] / max(r[4], 1), r[1]))
    return (
        f"{count(len(rows), 'departure')} from the declared columns; the widest: {name} in the "
        f"{role} data: {problem} ({bad:,} of {n:,} rows)."
    )


def _table(rows: list[Departure]) -> Table:
    return Table(
        "violations",
        "Departures from the declared columns",
        ("Data", "Column", "Departure", "Rows", "Of", "Examples"),
        tuple(rows),
    )
