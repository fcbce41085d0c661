"""Columns of a conformed frame as plain arrays: floats for numbers, sorted codes for the rest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audits.engine.context import Context
from audits.engine.plan import Column, ColumnKind

MISSING = -1


def floats(series: "pd.Series[Any]") -> NDArray[np.float64]:
    """Return the values as float64, missing ones as NaN; booleans become 0 and 1."""
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def finite(series: "pd.Series[Any]") -> NDArray[np.float64]:
    """Return the values that are there and finite."""
    values = floats(series)
    return values[np.isfinite(values)]


def text(series: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the values as text with missing ones kept; whole numbers lose their '.0'."""
    if pd.api.types.is_bool_dtype(series.dtype):
        return series.map({True: "yes", False: "no"}).astype("object")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.map(lambda v: f"{v:g}", na_action="ignore").astype("object")
    return series.astype("object").map(str, na_action="ignore")


@dataclass(frozen=True, slots=True)
class Coded:
    """Codes into ``names`` (sorted); ``MISSING`` where the value is missing."""

    names: tuple[str, ...]
    codes: tuple[NDArray[np.int64], ...]

    def counts(self, index: int) -> NDArray[np.int64]:
        codes = self.codes[index]
        return np.bincount(codes[codes >= 0], minlength=len(self.names))


def coded(*samples: "pd.Series[Any]") -> Coded:
    """Code several samples of one column with the same codes, in sorted order of the names."""
    factors = [pd.factorize(sample.astype("object"), use_na_sentinel=True) for sample in samples]
    labels = [
        text(pd.Series(uniques, dtype=sample.dtype)).tolist()
        for (_, uniques), sample in zip(factors, samples, strict=True)
    ]
    names = sorted({str(label) for part in labels for label in part})
    place = {name: index for index, name in enumerate(names)}
    codes = []
    for (raw, _), part in zip(factors, labels, strict=True):
        lookup = np.array([*(place[str(label)] for label in part), MISSING], dtype=np.int64)
        codes.append(lookup[raw])
    return Coded(tuple(names), tuple(codes))


def declared(context: Context, name: str) -> Column | None:
    return next((c for c in context.signature.features if c.name == name), None)


def is_number(context: Context, frame: pd.DataFrame, name: str) -> bool:
    """Say whether to treat the column as a number: as declared, else by its type."""
    column = declared(context, name)
    if column is not None:
        return column.kind is ColumnKind.NUMBER
    dtype = frame[name].dtype
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


def features(context: Context, frame: pd.DataFrame) -> list[str]:
    """Return the declared features that the frame holds, in the signature's order."""
    return [c.name for c in context.signature.features if c.name in frame.columns]
