"""Landed lines and slices as the database takes them: CSV files for COPY, or rows in pieces."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from governance.costs.engine.database import opened
from governance.costs.engine.landing import DESCRIBING


@dataclass(frozen=True, slots=True)
class LinePlan:
    """``slice_keys`` is a CSV of (digest, key); ``parts`` are (issuer, first day, key)."""

    landing: Path
    slice_keys: Path
    parts: Sequence[tuple[str, date, int]]
    first_id: int
    folder: Path


def line_files(plan: LinePlan, piece: int) -> Iterator[tuple[Path, int]]:
    """Yield CSV files of at most about ``piece`` lines each, with how many they hold."""
    with closing(_ready(plan)) as connection:
        for number, (low, high) in enumerate(_bounds(connection, piece)):
            file = plan.folder / f"lines-{number}.csv"
            done = connection.execute(
                f"COPY ({_LINES} WHERE l.row >= {low} AND l.row < {high}) TO '{file}' "
                "(FORMAT csv, HEADER false, NULLSTR '\\N')"
            ).fetchone()
            yield file, int(done[0])


def line_rows(plan: LinePlan, piece: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield lines in pieces, amounts as text with 18 places and times as SQLite keeps them."""
    with closing(_ready(plan)) as connection:
        found = connection.execute(
            "SELECT id, part, slice, strftime(charge_start, '%Y-%m-%d %H:%M:%S'), "
            "strftime(charge_end, '%Y-%m-%d %H:%M:%S'), CAST(billed AS VARCHAR), "
            "CAST(effective AS VARCHAR), CAST(listed AS VARCHAR), CAST(contracted AS VARCHAR), "
            f"CAST(quantity AS VARCHAR) FROM ({_LINES})"
        )
        while rows := found.fetchmany(piece):
            yield rows


def slice_file(slices: Path, source: str, folder: Path) -> Path:
    """Write the slices as a CSV in the order of the table's columns."""
    file = folder / "slices.csv"
    fields = ", ".join(f"replace({name}, chr(0), '')" for name in DESCRIBING)
    with closing(opened(folder)) as connection:
        connection.execute(
            f"COPY (SELECT '{source}', slice_digest, {fields} FROM read_parquet('{slices}')) "
            f"TO '{file}' (FORMAT csv, HEADER false, NULLSTR '\\N')"
        )
    return file


def slice_rows(slices: Path, piece: int) -> Iterator[list[dict[str, Any]]]:
    """Yield slices in pieces, as fields."""
    fields = ", ".join(f"replace({name}, chr(0), '')" for name in DESCRIBING)
    with closing(opened(slices.parent)) as connection:
        found = connection.execute(f"SELECT slice_digest, {fields} FROM read_parquet('{slices}')")
        while rows := found.fetchmany(piece):
            yield [_fields(row) for row in rows]


def _fields(row: Sequence[Any]) -> dict[str, Any]:
    found = dict(zip(("digest", *DESCRIBING), row, strict=True))
    return found | {"tags": json.loads(found["tags"])}


# Lines in the order of their slices fill the index of slices from left to right.
_LINES = (
    "SELECT l.line_no + (SELECT first_id FROM start) AS id, p.part, k.slice, l.charge_start, "
    "l.charge_end, l.billed, l.effective, l.listed, l.contracted, l.quantity "
    "FROM landing l JOIN slice_keys k ON k.digest = l.slice_digest "
    "JOIN parts p ON p.issuer = l.issuer AND p.start = l.period_start"
)


def _ready(plan: LinePlan) -> Any:
    connection = opened(plan.folder)
    connection.execute(
        f"CREATE OR REPLACE VIEW landing AS SELECT * FROM read_parquet('{plan.landing}')"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE slice_keys AS SELECT * FROM "
        f"read_csv('{plan.slice_keys}', header = false, "
        "columns = {'digest': 'VARCHAR', 'slice': 'BIGINT'})"
    )
    connection.execute("CREATE OR REPLACE TABLE parts (issuer VARCHAR, start DATE, part BIGINT)")
    connection.executemany("INSERT INTO parts VALUES (?, ?, ?)", [list(p) for p in plan.parts])
    connection.execute(
        f"CREATE OR REPLACE TABLE start AS SELECT {plan.first_id}::BIGINT AS first_id"
    )
    return connection


def _bounds(connection: Any, piece: int) -> Iterator[tuple[int, int]]:
    last = connection.execute("SELECT max(row) FROM landing").fetchone()[0]
    if last is not None:
        yield from ((low, low + piece) for low in range(0, last + 1, piece))
