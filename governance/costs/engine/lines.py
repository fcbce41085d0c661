"""From landings to the sets that rules work on: lines, slices, cells (sums by day) and pieces.

A piece is a slice between two dates that any rule mentions: rules cannot tell its lines apart.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from governance.costs.engine.job import Landing
from governance.costs.engine.sets import insert_rows
from governance.costs.rules.matching import quoted

ALWAYS = (
    "currency",
    "issuer",
    "service",
    "service_category",
    "category",
    "charge_class",
    "commitment",
    "tags",
    "target_key",
)
_DAY_US = 86_400_000_000
_FIRST = "DATE '0001-01-01'"


def open_landings(db: Any, landings: Sequence[Landing]) -> None:
    """Make the view ``line``: the lines of all landings that belong to a part that speaks."""
    columns = {"landing": "INTEGER", "issuer": "VARCHAR", "start": "DATE", "part": "BIGINT"}
    rows = [
        (number, issuer, start, part)
        for number, landing in enumerate(landings)
        for (issuer, start), part in landing.parts.items()
    ]
    insert_rows(db, "part", columns, rows)
    selects = [lines_of(number, landing) for number, landing in enumerate(landings)]
    db.execute(f"CREATE VIEW line AS {' UNION ALL '.join(selects)}")


def lines_of(number: int, landing: Landing) -> str:
    """Return SQL for the lines of one landing; the table ``part`` says which of them speak."""
    return f"""
        SELECT part, {quoted(landing.source)} AS source, l.*,
               epoch_us(charge_start) AS since_us, epoch_us(charge_end) AS until_us,
               CAST(epoch_us(charge_start) // {_DAY_US} AS INTEGER) AS day_no
        FROM read_parquet({quoted(str(landing.path))}) AS l
        JOIN part ON part.landing = {number} AND part.issuer = l.issuer
                 AND part.start = l.period_start"""


def correction_months(db: Any, month: dt.date) -> list[dt.date]:
    """Return the months before ``month`` whose charges are corrected in it, ascending."""
    found = db.execute(
        """SELECT DISTINCT date_trunc('month', DATE '1970-01-01' + day_no)::DATE AS charged
           FROM line WHERE charge_class = 'Correction'
           AND DATE '1970-01-01' + day_no < ? ORDER BY 1""",
        [month],
    )
    return [row[0] for row in found.fetchall()]


def make_slices(db: Any, fields: Collection[str]) -> None:
    """Make ``slice``: what describes lines, once, as far as rules and views ask for it."""
    wanted = sorted({*ALWAYS, *fields})
    values = ", ".join(f"any_value({name}) AS {name}" for name in wanted)
    db.execute(f"""
        CREATE TABLE slice AS
        SELECT CAST(row_number() OVER () AS INTEGER) AS sid, * FROM (
            SELECT slice_digest, {values} FROM line GROUP BY slice_digest)""")


def make_cells(db: Any, dates: Sequence[dt.date]) -> None:
    """Make ``cell`` and ``piece``. ``dates`` are those that any rule or target mentions.

    A line that reaches into another day keeps its times, so that views can spread it.
    """
    db.execute(f"""
        CREATE TABLE cell AS
        SELECT part, sid, {charged(dates)} AS charged, day_no,
               {spread("since_us")} AS since_us, {spread("until_us")} AS until_us,
               count(*) AS n, sum(billed) AS billed, sum(effective) AS effective
        FROM line JOIN slice USING (slice_digest) GROUP BY ALL""")
    db.execute("""
        CREATE TABLE piece AS
        SELECT CAST(row_number() OVER () AS INTEGER) AS pid, * FROM (
            SELECT sid, charged, sum(n) AS n FROM cell GROUP BY ALL)""")


def charged(dates: Sequence[dt.date]) -> str:
    """Return SQL for the last of ``dates`` that the charge did not begin before."""
    day = "DATE '1970-01-01' + day_no"
    whens = "".join(f" WHEN {day} >= DATE '{date}' THEN DATE '{date}'" for date in _down(dates))
    return f"(CASE{whens} ELSE {_FIRST} END)" if whens else _FIRST


def spread(column: str) -> str:
    """Return SQL for ``column`` where the line reaches into another day, otherwise NULL."""
    over = f"until_us > (day_no::BIGINT + 1) * {_DAY_US}"
    return f"(CASE WHEN {over} THEN {column} END)"


def _down(dates: Sequence[dt.date]) -> list[dt.date]:
    return sorted(set(dates), reverse=True)
