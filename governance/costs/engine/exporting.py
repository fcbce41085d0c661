"""Every line's exact share of every charge, in sets, and the FOCUS 1.3 file made of them.

Whole numbers all the way: at a fork with weights w of sum W, |a| = q·W + m gives each branch q·wᵢ
and its part of m by largest remainders, ties by position, as ``kernel.money.split`` would. Equal
amounts at one fork are split once.
"""

import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from governance.costs.engine import focus13
from governance.costs.engine.job import Landing, Tell
from governance.costs.engine.lines import lines_of, open_landings
from governance.costs.engine.parsing import teach
from governance.costs.engine.sets import MEMORY, insert_rows, open_sets
from governance.costs.rules.matching import quoted

_EDGE = {
    "node": "INTEGER",
    "position": "INTEGER",
    "weight": "HUGEINT",
    "total": "HUGEINT",
    "child": "INTEGER",
}
_END = {
    "node": "INTEGER",
    "way": "INTEGER",
    "target": "VARCHAR",
    "rule": "VARCHAR",
    "method": "VARCHAR",
    "method_details": "VARCHAR",
    "paid_id": "VARCHAR",
    "paid_name": "VARCHAR",
    "allocated_tags": "VARCHAR",
}
_SLICE = {"part": "BIGINT", "slice_digest": "VARCHAR"}
_ROOT = {**_SLICE, "day_no": "INTEGER", "node": "INTEGER"}
_CHARGE = {
    **_SLICE,
    "way": "INTEGER",
    "n": "BIGINT",
    "billed": "HUGEINT",
    "effective": "HUGEINT",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """One landed bill: its typed lines, its rows as they were delivered, and their header."""

    landing: Landing
    raw: Path
    names: tuple[str, ...]
    batch: str


@dataclass(frozen=True, slots=True)
class Sum:
    """What went out of one part in one currency, in units."""

    part: int
    currency: str
    rows: int
    billed: int
    effective: int


class Export:
    """One month's export, in a folder of its own that is thrown away afterwards."""

    def __init__(
        self, folder: Path, origins: Sequence[Origin], tell: Tell, memory: str = MEMORY
    ) -> None:
        self._folder, self._origins, self._tell = folder, origins, tell
        self._db = open_sets(folder, memory)
        teach(self._db, "")
        open_landings(self._db, [origin.landing for origin in origins])
        for table, columns in (("root", _ROOT), ("charge", _CHARGE), ("unclear", _SLICE)):
            insert_rows(self._db, table, columns, [])
        self._db.execute("CREATE TABLE told AS SELECT *, '' AS currency FROM charge")

    def close(self) -> None:
        self._db.close()

    def add_charges(self, rows: list[tuple[Any, ...]]) -> None:
        """Add charges: (part, slice's digest, way, lines, billed, effective)."""
        insert_rows(self._db, "charge", _CHARGE, rows)

    def add_roots(self, rows: list[tuple[Any, ...]]) -> None:
        """Add which tree is whose: (part, slice's digest, day or None for all, node)."""
        insert_rows(self._db, "root", _ROOT, rows)

    def days_of(self, slices: Collection[tuple[int, str]]) -> Iterator[tuple[int, str, int]]:
        """Yield the days, counted from 1970, on which charges of ``slices`` began."""
        insert_rows(self._db, "unclear", _SLICE, list(slices))
        reader = self._db.cursor()
        reader.execute(
            "SELECT DISTINCT part, slice_digest, day_no FROM line "
            "SEMI JOIN unclear USING (part, slice_digest)"
        )
        while rows := reader.fetchmany(10_000):
            yield from rows

    def write(
        self, file: Path, run: str, edges: list[tuple[Any, ...]], ends: list[tuple[Any, ...]]
    ) -> list[Sum]:
        """Write ``file`` and return its sums. ``ends`` are rows in the order of ``_END``."""
        insert_rows(self._db, "edge", _EDGE, edges)
        insert_rows(self._db, "ending", _END, ends)
        with file.open("wb") as out:
            for number, origin in enumerate(self._origins):
                self._tell(f"Splitting the lines of {origin.batch}")
                piece = self._write_one(number, origin, run)
                with piece.open("rb") as done:
                    shutil.copyfileobj(done, out)
                piece.unlink()
        return self._sums()

    def differing(self) -> int:
        """Return how many charges are not, to the last unit, the sum of what went out for them."""
        found = self._db.execute("""
            WITH given AS (
                SELECT part, slice_digest, way, sum(n) AS n, sum(billed) AS billed,
                       sum(effective) AS effective FROM told GROUP BY ALL)
            SELECT count(*) FROM given FULL JOIN charge USING (part, slice_digest, way)
            WHERE (given.n, given.billed, given.effective)
                IS DISTINCT FROM (charge.n, charge.billed, charge.effective)""").fetchone()
        return int(found[0])

    def _sums(self) -> list[Sum]:
        rows = self._db.execute(
            "SELECT part, currency, sum(n), sum(billed), sum(effective) FROM told "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return [Sum(*(part, currency), *map(int, sums)) for part, currency, *sums in rows]

    def _write_one(self, number: int, origin: Origin, run: str) -> Path:
        shape = focus13.shape_of(origin.names)
        self._db.execute(f"""
            CREATE OR REPLACE VIEW origin AS SELECT o.*, r.* EXCLUDE (file_row_number)
            FROM ({lines_of(number, origin.landing)}) AS o
            JOIN read_parquet({quoted(str(origin.raw))}, file_row_number = true) AS r
              ON r.file_row_number = o.row""")
        self._hold(list(focus13.amounts(shape)))
        while self._db.execute("SELECT 1 FROM held SEMI JOIN edge USING (node)").fetchone():
            self._split()
        self._count()
        self._tell(f"Writing the lines of {origin.batch}")
        piece = self._folder / "piece.csv"
        filled = focus13.filled(shape) | {
            "x_AllocationRun": quoted(run),
            "x_Batch": quoted(origin.batch),
        }
        listed = ", ".join(f"{sql} AS {name}" for name, sql in filled.items())
        self._db.execute(f"""
            COPY (SELECT {listed} FROM origin JOIN given USING (row) JOIN ending USING (node)
                  ORDER BY line_no, node)
            TO {quoted(str(piece))} (FORMAT csv, HEADER {not number}, NULLSTR '')""")
        return piece

    def _hold(self, amounts: Sequence[str]) -> None:
        """Make ``held``: each amount ``m`` of each line, at the root of the line's tree."""
        self._db.execute(f"""
            CREATE OR REPLACE TABLE held AS SELECT * FROM (
                SELECT row, node, unnest({list(range(len(amounts)))}) AS m,
                       unnest([{", ".join(amounts)}]) AS amount
                FROM origin JOIN root ON root.part = origin.part
                 AND root.slice_digest = origin.slice_digest
                 AND coalesce(root.day_no, origin.day_no) = origin.day_no)
            WHERE amount IS NOT NULL""")

    def _split(self) -> None:
        """Take what stands at forks one step on."""
        self._db.execute("""
            CREATE OR REPLACE TABLE portion AS
            WITH wanted AS (SELECT DISTINCT node, amount FROM held),
            shared AS (
                SELECT node, amount, child, position,
                       abs(amount) // total * weight + abs(amount) % total * weight // total AS q,
                       abs(amount) % total * weight % total AS rest
                FROM wanted JOIN edge USING (node)),
            ranked AS (
                SELECT *, abs(amount) - sum(q) OVER (PARTITION BY node, amount) AS missing,
                       row_number() OVER (PARTITION BY node, amount
                                          ORDER BY rest DESC, position) AS place
                FROM shared)
            SELECT node, amount, child,
                   CAST(sign(amount) * (q + (place <= missing)::INTEGER) AS HUGEINT) AS share
            FROM ranked""")
        self._db.execute("""
            CREATE OR REPLACE TABLE onward AS
            SELECT row, child AS node, m, share AS amount
            FROM held JOIN portion USING (node, amount)
            UNION ALL SELECT row, node, m, amount FROM held ANTI JOIN edge USING (node)""")
        self._db.execute("CREATE OR REPLACE TABLE held AS FROM onward")

    def _count(self) -> None:
        """Make ``given``, a line's amounts at each end of its tree, and add them to ``told``."""
        pivoted = ", ".join(
            f"max(amount) FILTER (m = {place}) AS m{place}" for place in range(len(focus13.SPLIT))
        )
        self._db.execute(f"""
            CREATE OR REPLACE TABLE given AS SELECT row, node, {pivoted}
            FROM held GROUP BY row, node""")
        self._db.execute("""
            INSERT INTO told BY NAME
            SELECT part, slice_digest, way, currency, count(*) AS n, sum(m0) AS billed,
                   sum(m1) AS effective
            FROM origin JOIN given USING (row) JOIN ending USING (node) GROUP BY ALL""")
