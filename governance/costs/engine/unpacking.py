"""A delivered file as Parquet of text columns ``c0``, ``c1`` …: in its order, nothing interpreted.

Rows that do not fit the header never get that far; they are told apart with their place and text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance.costs.engine.errors import UnreadableBillError
from governance.costs.engine.sniffing import CSV, Sniffed, as_utf8

_AS_IT_COMES = {"utf-8"}


@dataclass(frozen=True, slots=True)
class Ragged:
    """``line_no`` counts records, the header being 1."""

    line_no: int
    raw: str
    message: str


@dataclass(frozen=True, slots=True)
class Unpacked:
    raw: Path
    names: tuple[str, ...]
    rows: int
    ragged: Sequence[Ragged]
    first_line: int  # the line of row 0


def unpack(connection: Any, path: Path, sniffed: Sniffed, folder: Path) -> Unpacked:
    """Write ``raw.parquet`` into ``folder``; raises ``UnreadableBillError``."""
    raw = folder / "raw.parquet"
    if sniffed.kind == CSV:
        return _from_text(connection, path, sniffed, raw)
    return _from_parquet(connection, path, raw)


def _from_text(connection: Any, path: Path, sniffed: Sniffed, raw: Path) -> Unpacked:
    packed = sniffed.packed
    if sniffed.encoding not in _AS_IT_COMES or sniffed.old_line_ends:
        plain = raw.with_name("plain.csv")
        as_utf8(path, sniffed, plain)
        path, packed = plain, False
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(sniffed.names)))
    table = (
        f"read_csv({_quoted(path)}, columns = {{{columns}}}, header = true, auto_detect = false, "
        f"delim = {_text(sniffed.separator)}, quote = '\"', escape = '\"', store_rejects = true, "
        f"compression = '{'gzip' if packed else 'none'}', max_line_size = 4194304)"
    )
    rows = _copied(connection, f"SELECT * FROM {table}", raw)
    return Unpacked(raw, tuple(sniffed.names), rows, _ragged(connection), 2)


def _from_parquet(connection: Any, path: Path, raw: Path) -> Unpacked:
    table = f"read_parquet({_quoted(path)})"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    except connection_errors() as error:
        raise UnreadableBillError("damaged-file", f"It is no Parquet file: {error}") from error
    columns = [
        f"{_as_text(name, kind)} AS c{place}" for place, (name, kind, *_) in enumerate(described)
    ]
    rows = _copied(connection, f"SELECT {', '.join(columns)} FROM {table}", raw)
    return Unpacked(raw, tuple(name for name, *_ in described), rows, (), 1)


def connection_errors() -> type[Exception]:
    import duckdb

    return duckdb.Error


def _as_text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind.startswith(("MAP", "STRUCT")) or kind.endswith("]"):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"replace(CAST({column} AS VARCHAR), '+00', 'Z')"
    return f"CAST({column} AS VARCHAR)"


def _copied(connection: Any, query: str, raw: Path) -> int:
    try:
        done = connection.execute(f"COPY ({query}) TO {_quoted(raw)} (FORMAT parquet)").fetchone()
    except connection_errors() as error:
        raise UnreadableBillError("damaged-file", _plainly(error)) from error
    return int(done[0])


def _ragged(connection: Any) -> list[Ragged]:
    found = connection.execute(
        "SELECT line, any_value(csv_line), "
        "coalesce(arg_min(error_type, column_idx), any_value(error_type)), "
        "coalesce(arg_min(error_message, column_idx), any_value(error_message)) "
        "FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    return [
        Ragged(int(line), raw or "", f"{kind.capitalize()}: {why}")
        for line, raw, kind, why in found
    ]


def _plainly(error: Exception) -> str:
    return f"It cannot be read to its end: {str(error).splitlines()[0]}"


def _quoted(path: Path) -> str:
    return _text(str(path))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
