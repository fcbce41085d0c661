"""From landings to the sets that rules work on: lines, slices, portions and pieces.

A piece is a slice between two dates that any rule mentions: rules cannot tell its lines apart. A
portion is what a piece has of one part. Only looks at all lines cost time: there are few.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from governance.costs.engine.job import Landing
from governance.costs.engine.sets import insert_rows
from governance.costs.rules.matching import quoted

SHOWN = ("currency", "issuer", "service", "service_category", "category")
ALWAYS = (
    *SHOWN,
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
        SELECT part, {quoted(landing.source)} AS source, l.*, {number << 40} + l.row AS place,
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


def make_slices(db: Any, fields: Collection[str], dates: Sequence[dt.date]) -> None:
    """Make ``slice``, ``portion`` and ``piece`` in two looks at the lines.

    ``dates`` are all that rules and targets mention; ``fields`` the columns that rules read. What a
    slice reads like is taken from its first line alone.
    """
    db.execute(f"""
        CREATE TABLE found AS
        SELECT part, slice_digest, {charged(dates)} AS charged, min(place) AS place,
               count(*) AS n, sum(billed) AS billed, sum(effective) AS effective
        FROM line GROUP BY ALL""")
    wanted = ", ".join(sorted({*ALWAYS, *fields}))
    db.execute(f"""
        CREATE TABLE slice AS
        SELECT CAST(row_number() OVER () AS INTEGER) AS sid, slice_digest, {wanted}
        FROM line SEMI JOIN (
            SELECT min(place) AS place FROM found GROUP BY slice_digest) USING (place)""")
    db.execute("""
        CREATE TABLE portion AS
        SELECT part, sid, charged, n, billed, effective
        FROM found JOIN slice USING (slice_digest)""")
    db.execute("""
        CREATE TABLE piece AS
        SELECT CAST(row_number() OVER () AS INTEGER) AS pid, * FROM (
            SELECT sid, charged, sum(n) AS n FROM portion GROUP BY ALL)""")
    db.execute("DROP TABLE found")


def number_kinds(db: Any) -> None:
    """Make ``kind``, what views show of slices, and ``of_kind``: views sum by its number."""
    shown = ", ".join(SHOWN)
    db.execute(f"""
        CREATE TABLE kind AS SELECT CAST(row_number() OVER () AS INTEGER) AS kid, * FROM (
            SELECT DISTINCT {shown} FROM slice)""")
    db.execute(f"CREATE TABLE of_kind AS SELECT sid, kid FROM slice JOIN kind USING ({shown})")


def dates_of(db: Any) -> list[dt.date]:
    """Return the dates that pieces begin on."""
    return [row[0] for row in db.execute("SELECT DISTINCT charged FROM piece").fetchall()]


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
