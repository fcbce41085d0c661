"""Data files become frames: only the columns asked for, the same types for the same bytes.

Files come from strangers. Whatever is wrong with one ends as a ``DataError`` that says where.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pandas as pd

from audits.engine.conform import as_labels, as_values, conform
from audits.engine.errors import DataError

__all__ = [
    "FORMATS",
    "ColumnProfile",
    "DataError",
    "FrameProfile",
    "as_labels",
    "as_values",
    "conform",
    "profile",
    "read_frame",
]

FORMATS = ("parquet", "csv", "jsonl")
MOST_COLUMNS = 10_000
LONGEST_HEADER = 1 << 20
LARGEST_BLOCK = (1 << 31) - 1

Pick = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """``type`` is one of number, text, boolean, time, nested, empty."""

    name: str
    type: str
    nulls: int


@dataclass(frozen=True, slots=True)
class FrameProfile:
    rows: int
    columns: tuple[ColumnProfile, ...]


def read_frame(
    file: BinaryIO,
    format: str,  # noqa: A002
    columns: Sequence[str] | None = None,
    optional: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the named columns in that order (all columns for None), one row per record.

    ``optional`` columns follow where the file has them. Text is object with NaN where missing.
    Raises ``DataError`` for a file that is not of this format, is truncated or empty, or lacks
    one of ``columns``.
    """

    def pick(names: Sequence[str]) -> list[str]:
        if columns is None:
            return list(names)
        _refuse_missing(names, columns)
        return list(dict.fromkeys([*columns, *(name for name in optional if name in names)]))

    table = _read(file, format, pick)
    _refuse_nested(table)
    try:
        frame: pd.DataFrame = table.replace_schema_metadata(None).to_pandas(use_threads=False)
    except MemoryError:  # arrow's own is an error of arrow too, and no fault of the file
        raise
    except _arrow_errors() as error:
        raise DataError(f"The values cannot be read: {_plain(error)}", "unreadable") from error
    return _plain_text(frame)


def profile(file: BinaryIO, format: str) -> FrameProfile:  # noqa: A002
    """Return rows and, per column, name, type and empty cells; raises as ``read_frame``."""
    table = _read(file, format, list)
    columns = tuple(
        ColumnProfile(name, _type_name(column.type), column.null_count)
        for name, column in zip(table.column_names, table.columns, strict=True)
    )
    return FrameProfile(table.num_rows, columns)


def _read(file: BinaryIO, format: str, pick: Pick) -> Any:  # noqa: A002
    readers: dict[str, Callable[[BinaryIO, Pick], Any]] = {
        "parquet": _read_parquet,
        "csv": _read_csv,
        "jsonl": _read_jsonl,
    }
    if format not in readers:
        known = ", ".join(FORMATS)
        raise DataError(f"Unknown data format “{format}”; use one of {known}.", "unknown-format")
    try:
        table = readers[format](file, pick)
    except MemoryError:
        raise
    except _arrow_errors() as error:
        if "Empty" in str(error) or " 0 bytes" in str(error):
            raise DataError("The file is empty.", "empty") from error
        message = f"The file is not readable as {format}: {_plain(error)}"
        raise DataError(message, "unreadable") from error
    if table.num_rows == 0:
        raise DataError("The file has no rows.", "empty")
    return table


def _arrow_errors() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    return (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError)


def _read_parquet(file: BinaryIO, pick: Pick) -> Any:
    import pyarrow.parquet as pq

    opened = pq.ParquetFile(file)
    names = opened.schema_arrow.names
    _check_names(names)
    return opened.read(columns=pick(names), use_threads=False).select(pick(names))


def _read_csv(file: BinaryIO, pick: Pick) -> Any:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    names = _csv_header(file)
    _check_names(names)
    wanted = pick(names)
    size = file.seek(0, io.SEEK_END)
    block = min(size + 1, LARGEST_BLOCK)
    types: dict[str, Any] = {}
    while True:
        file.seek(0)
        try:
            return arrow_csv.read_csv(
                file,
                read_options=arrow_csv.ReadOptions(use_threads=False, block_size=block),
                parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=wanted, strings_can_be_null=True, column_types=types
                ),
            )
        except pa.ArrowInvalid as error:
            if "conversion error" in str(error) and not types:
                types = dict.fromkeys(wanted, pa.string())
                continue
            raise _broken_csv(file, len(names), error) from error


def _csv_header(file: BinaryIO) -> list[str]:
    file.seek(0)
    start = file.read(LONGEST_HEADER)
    if not start.strip():
        raise DataError("The file is empty.", "empty")
    text = start.decode("utf-8-sig", errors="replace")
    try:
        return next(row for row in csv.reader(io.StringIO(text)) if row)
    except (csv.Error, StopIteration) as error:
        raise DataError("The first line is not a CSV header.", "unreadable") from error


def _broken_csv(file: BinaryIO, width: int, error: Exception) -> DataError:
    """Find the line that breaks; arrow counts records and leaves blank lines out."""
    file.seek(0)
    kept = io.BufferedReader(_Kept(file))
    lines = csv.reader(io.TextIOWrapper(kept, encoding="utf-8", errors="replace", newline=""))
    try:
        for row in lines:
            if row and len(row) != width:
                return DataError(
                    f"The CSV is broken at line {lines.line_num}: {width} fields expected, "
                    f"{len(row)} found.",
                    "broken-csv",
                )
    except csv.Error as broken:
        return DataError(f"The CSV is broken at line {lines.line_num}: {broken}.", "broken-csv")
    return DataError(f"The CSV is broken: {_plain(error)}", "broken-csv")


class _Kept(io.RawIOBase):
    """Lets a text wrapper read a file without closing it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _read_jsonl(file: BinaryIO, pick: Pick) -> Any:
    import pyarrow.json as arrow_json

    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    block = min(max(size, 1), LARGEST_BLOCK)
    options = arrow_json.ReadOptions(use_threads=False, block_size=block)
    table = arrow_json.read_json(file, read_options=options)
    _check_names(table.column_names)
    return table.select(pick(table.column_names))


def _check_names(names: Sequence[str]) -> None:
    if len(names) > MOST_COLUMNS:
        raise DataError(
            f"The file has {len(names)} columns; at most {MOST_COLUMNS} are read.", "too-wide"
        )
    if not names or any(not name.strip() for name in names):
        raise DataError("A column has no name.", "unnamed-column")
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise DataError(f"Column names appear twice: {_listed(twice)}.", "duplicate-columns")


def _refuse_missing(names: Sequence[str], columns: Iterable[str]) -> None:
    missing = [name for name in columns if name not in set(names)]
    if missing:
        raise DataError(
            f"The file lacks {_listed(missing)}. It has {_listed(list(names))}.", "missing-columns"
        )


def _refuse_nested(table: Any) -> None:
    nested = [field.name for field in table.schema if _type_name(field.type) == "nested"]
    if nested:
        raise DataError(
            f"{_listed(nested)} hold lists or objects; a table of plain values is needed.",
            "nested-column",
        )


def _plain_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as object with NaN, on any pandas: version 3 made it a type of its own."""
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
            frame[name] = column.astype(object).where(column.notna(), float("nan"))
    return frame


def _type_name(type_: Any) -> str:
    import pyarrow.types as kinds

    if kinds.is_dictionary(type_):
        return _type_name(type_.value_type)
    tests: tuple[tuple[str, tuple[Callable[[Any], bool], ...]], ...] = (
        ("boolean", (kinds.is_boolean,)),
        ("number", (kinds.is_integer, kinds.is_floating, kinds.is_decimal)),
        ("time", (kinds.is_temporal,)),
        ("empty", (kinds.is_null,)),
        ("nested", (kinds.is_nested,)),
    )
    return next((name for name, checks in tests if any(test(type_) for test in checks)), "text")


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(f"“{name[:60]}”" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _plain(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{text[:200].rstrip('.')}."
