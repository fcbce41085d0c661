"""Columns take the types that the signature declares, or the user learns which cell does not.

After this a check meets numbers and booleans as float64 and categories as text, NaN where a value
is missing, whether the file was Parquet, CSV or JSON lines.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.errors import DataError
from audits.engine.models.base import label_text
from audits.engine.plan import Column, ColumnKind

TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-nan", "#n/a"})


def conform(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Return ``frame`` with the declared columns first, in declared order, in their kinds.

    Other columns follow as they are. Raises ``DataError`` for a missing column or a value of
    another kind: it names the column, counts the cells, and shows the first with its row
    (1 is the first record).
    """
    missing = [column.name for column in columns if column.name not in frame.columns]
    if missing:
        names = ", ".join(f"“{name}”" for name in missing)
        raise DataError(f"The data lacks {names}.", "missing-columns")
    if frame.empty:
        raise DataError("The data has no rows.", "empty")
    frame = frame.reset_index(drop=True)
    declared = {column.name: _conform(frame[column.name], column.kind) for column in columns}
    rest = {name: frame[name] for name in frame.columns if name not in declared}
    return pd.DataFrame({**declared, **rest})


def infer_kind(column: pd.Series) -> ColumnKind:
    """Return the kind of an undeclared column, such as a protected one that is no feature."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return ColumnKind.BOOLEAN
    return ColumnKind.NUMBER if pd.api.types.is_numeric_dtype(column) else ColumnKind.CATEGORY


def as_labels(target: pd.Series, positive_label: str | None) -> np.ndarray[Any, Any]:
    """Return (rows,) bool, True for the positive label; raises ``DataError``.

    One class alone is no error here: it is for the check to say what that makes impossible.
    """
    _refuse_gaps(target)
    texts = _texts(target)
    positive = label_text(positive_label if positive_label is not None else "1")
    known = sorted(set(texts))
    if positive not in known and len(known) > 1:
        shown = ", ".join(known[:6])
        raise DataError(
            f"The positive label “{positive_label}” does not occur in “{target.name}” "
            f"(values: {shown}).",
            "positive-label",
        )
    return np.asarray(texts == positive, dtype=bool)


def as_values(target: pd.Series) -> np.ndarray[Any, Any]:
    """Return (rows,) float64; raises ``DataError`` for text, gaps or infinities."""
    _refuse_gaps(target)
    return _conform(target, ColumnKind.NUMBER).to_numpy(dtype=np.float64)


def _conform(column: pd.Series, kind: ColumnKind) -> pd.Series:
    if kind is ColumnKind.NUMBER:
        return _finite(_numbers(column))
    if kind is ColumnKind.BOOLEAN:
        return _booleans(column)
    return _categories(column)


def _numbers(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        raise _wrong_kind(column, column.notna(), "a number", "times")
    if pd.api.types.is_numeric_dtype(column.dtype) and not isinstance(
        column.dtype, pd.CategoricalDtype
    ):
        return column.astype("float64")
    plain = column.astype(object)
    found = pd.to_numeric(plain, errors="coerce").astype("float64")
    wrong = found.isna() & ~_missing(plain)
    if wrong.any():
        raise _wrong_kind(plain, wrong, "a number", "text")
    return found


def _finite(column: pd.Series) -> pd.Series:
    endless = np.isinf(column.to_numpy())
    if endless.any():
        raise _wrong_kind(column, pd.Series(endless), "a finite number", "infinite")
    return column


def _booleans(column: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype("float64")
    plain = column.astype(object)
    missing = _missing(plain)
    lower = plain.astype(str).str.strip().str.lower()
    truth, falsehood = lower.isin(TRUE), lower.isin(FALSE)
    wrong = ~(truth | falsehood | missing)
    if wrong.any():
        raise _wrong_kind(plain, wrong, "true or false", "something else")
    values = np.where(missing, np.nan, truth.to_numpy(dtype=np.float64))
    return pd.Series(values, name=column.name)


def _categories(column: pd.Series) -> pd.Series:
    missing = column.isna()
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) in {
        "string",
        "empty",
    }:
        return column.where(~missing, np.nan)
    codes, uniques = pd.factorize(column, use_na_sentinel=True)
    names = np.array([_category_text(value) for value in uniques] + [np.nan], dtype=object)
    return pd.Series(names[codes], name=column.name, dtype=object)


def _category_text(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return str(value)


def _texts(target: pd.Series) -> np.ndarray[Any, Any]:
    codes, uniques = pd.factorize(target)
    return np.array([label_text(value) for value in uniques], dtype=object)[codes]


def _missing(column: pd.Series) -> pd.Series:
    return column.isna() | column.astype(str).str.strip().str.lower().isin(MISSING)


def _refuse_gaps(target: pd.Series) -> None:
    gaps = int(target.isna().sum())
    if gaps:
        raise DataError(
            f"The target “{target.name}” is empty in {gaps:,} of {len(target):,} rows.",
            "missing-labels",
        )


def _wrong_kind(column: pd.Series, wrong: Any, expected: str, found: str) -> DataError:
    positions = np.flatnonzero(np.asarray(wrong))
    first = int(positions[0])
    example = str(column.iloc[first])[:40]
    return DataError(
        f"“{column.name}” is declared as {expected}, but {len(positions):,} of {len(column):,} "
        f"values are {found}: the first is “{example}” in row {first + 1}.",
        "wrong-type",
    )
