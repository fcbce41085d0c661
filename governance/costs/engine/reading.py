"""A delivered bill, read: landed rows, slices, refused rows, control totals and what was found.

Everything is a query over the whole file; memory stays bounded, whatever the file's size.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from governance.costs.engine import findings, slicing, statements
from governance.costs.engine.database import opened
from governance.costs.engine.dates import proven_order
from governance.costs.engine.errors import UnreadableBillError
from governance.costs.engine.landing import COLUMNS, DESCRIBING
from governance.costs.engine.shaping import Shape, Terms
from governance.costs.engine.sniffing import sniff
from governance.costs.engine.unpacking import Unpacked, unpack
from governance.costs.rules import focus
from governance.costs.rules.focus import Columns, read_header
from governance.costs.rules.refusals import (
    DATE_ORDER_NEEDED,
    PERIOD_CLOSED,
    RAGGED,
    Finding,
)
from governance.kernel import money

_OTHERS = "(SELECT * FROM raw WHERE file_row_number NOT IN (SELECT row FROM landing))"
_PARQUET = "(FORMAT parquet, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 122880)"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Total:
    """What one issuer's period sums to in one currency, in units; billed also by invoice."""

    issuer: str
    start: date
    end: date
    currency: str
    rows: int
    billed: int
    effective: int
    listed: int | None
    contracted: int | None
    invoices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Refused:
    line_no: int
    raw: str
    codes: tuple[str, ...]
    billed: int | None = None
    currency: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class RefusedMoney:
    """What refused rows with the same faults hold, billed, as far as it can be read, in units.

    ``month`` is that of their billing period, "" where that cannot be read; ``largest`` the most
    that one of them is over, without its sign.
    """

    codes: str
    month: str
    currency: str
    rows: int
    billed: int
    largest: int


@dataclass(slots=True)
class Reading:
    """``refused`` holds the first ones in full, ``refused_money`` sums over all."""

    columns: Columns
    facts: dict[str, Any]
    rows_read: int = 0
    rows_accepted: int = 0
    totals: Sequence[Total] = ()
    refused: Sequence[Refused] = ()
    refused_by_code: Mapping[str, int] = field(default_factory=dict)
    refused_money: Sequence[RefusedMoney] = ()
    residuals: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    landing: Path | None = None
    slices: Path | None = None
    raw: Path | None = None
    statements: Sequence[Mapping[str, Any]] = ()  # rows of the small datasets of FOCUS 1.4

    @property
    def rows_rejected(self) -> int:
        return self.rows_read - self.rows_accepted

    @property
    def rows_against_terms(self) -> int:
        """Refused rows, but for those of closed periods, which are only late."""
        return self.rows_rejected - self.refused_by_code.get(PERIOD_CLOSED, 0)


def read_bill(
    path: Path, folder: Path, terms: Terms, tell: Tell = lambda _: None, listed: int = 100_000
) -> Reading:
    """Read ``path`` and leave ``landing.parquet``, ``slices.parquet`` and ``raw.parquet`` in
    ``folder``. ``listed`` refused rows are returned in full.

    Raises ``UnreadableBillError`` for a file that is no bill, or lacks what every row needs.
    """
    with closing(opened(folder)) as connection:
        sniffed = sniff(path)
        tell("Reading the file")
        unpacked = unpack(connection, path, sniffed, folder)
        columns = _checked(unpacked, terms)
        reading = Reading(columns, sniffed.facts(), raw=unpacked.raw)
        reading.rows_read = unpacked.rows + len(unpacked.ragged)
        if columns.dataset != focus.COST_AND_USAGE:
            reading.statements = statements.read(connection, unpacked, Shape(columns, terms))
            _tell_refused(connection, unpacked, reading, listed)
            refused = sum(each.rows for each in reading.refused_money)
            reading.rows_accepted = reading.rows_read - refused
            return reading
        _read_rows(connection, unpacked, Shape(columns, terms), reading, (tell, folder, listed))
        return reading


def _read_rows(
    connection: Any,
    unpacked: Unpacked,
    shape: Shape,
    reading: Reading,
    aims: tuple[Tell, Path, int],
) -> None:
    tell, folder, most = aims
    slicing.prepare(connection, unpacked, shape)
    tell(f"Describing {unpacked.rows:,} rows")
    slicing.make_slices(connection, shape)
    tell(f"Checking {unpacked.rows:,} rows")
    reading.landing = _land(connection, unpacked, shape, folder)
    reading.totals = _totals(connection)
    reading.rows_accepted = sum(total.rows for total in reading.totals)
    reading.slices = slicing.write_slices(connection, folder)
    tell("Looking at what is odd")
    _refuse(connection, unpacked, shape, reading, most)
    if DATE_ORDER_NEEDED in reading.refused_by_code:
        reading.facts["date_order"] = proven_order(connection, shape)
    reading.findings = findings.found(connection, shape, unpacked.first_line)
    if any(one.code == "rounded" for one in reading.findings):
        reading.residuals = findings.residuals(connection, shape)


def _checked(unpacked: Unpacked, terms: Terms) -> Columns:
    columns = read_header(unpacked.names, has_issuer=bool(terms.issuer))
    needed = focus.NEEDED if columns.dataset == focus.COST_AND_USAGE else ()
    if twice := [name for name in columns.doubled if name in needed]:
        raise UnreadableBillError(
            "duplicated-column", f"The header names {', '.join(twice)} more than once."
        )
    if columns.missing:
        raise UnreadableBillError(
            "missing-columns", f"Every row needs these columns: {', '.join(columns.missing)}."
        )
    return columns


def _land(connection: Any, unpacked: Unpacked, shape: Shape, folder: Path) -> Path:
    """Write the acceptable rows, each with its slice.

    That nothing speaks against a row is a condition of the join: a filter would be pushed down to
    the raw rows and have every text read again.
    """
    path = folder / "landing.parquet"
    line_no, places = slicing.line_of(unpacked)
    same = " AND ".join(f"t.{name} = s.{slicing.key_of(name)}" for name in DESCRIBING)
    values = {
        **{name: f"s.{name}" for name in DESCRIBING},
        "line_no": line_no,
        "period_start": "CAST(t.period_from AS DATE)",
        "period_end": "CAST(t.period_to AS DATE)",
        "slice_digest": "s.slice_digest",
    }
    chosen = ", ".join(f"{values.get(name, f't.{name}')} AS {name}" for name in COLUMNS)
    connection.execute(
        f"COPY (SELECT {chosen}, t.odd FROM ({shape.typed()}) t JOIN slices s ON {same} "
        f"AND t.codes = s.no_codes {places}) TO '{path}' {_PARQUET}"
    )
    connection.execute(f"CREATE VIEW landing AS SELECT * FROM read_parquet('{path}')")
    return path


def _totals(connection: Any) -> list[Total]:
    rows = connection.execute(
        "SELECT issuer, period_start, currency, max(period_end), count(*), sum(billed), "
        "sum(effective), sum(listed), sum(contracted) FROM landing "
        "GROUP BY issuer, period_start, currency ORDER BY issuer, period_start, currency"
    ).fetchall()
    invoices = _invoices(connection)
    return [
        Total(
            *(issuer, start, end, currency, n),
            *(_units(billed), _units(effective), units_or_none(listed), units_or_none(contracted)),
            invoices=invoices[issuer, start, currency],
        )
        for issuer, start, currency, end, n, billed, effective, listed, contracted in rows
    ]


def _invoices(connection: Any) -> defaultdict[tuple[str, date, str], dict[str, int]]:
    found: defaultdict[tuple[str, date, str], dict[str, int]] = defaultdict(dict)
    rows = connection.execute(
        "SELECT issuer, period_start, currency, invoice, sum(billed) FROM landing "
        "WHERE invoice <> '' GROUP BY ALL ORDER BY ALL"
    )
    for issuer, start, currency, invoice, billed in rows.fetchall():
        found[issuer, start, currency][invoice] = _units(billed)
    return found


def _units(amount: Decimal) -> int:
    return money.from_decimal(amount)[0]


def units_or_none(amount: Decimal | None) -> int | None:
    return None if amount is None else _units(amount)


def _refuse(connection: Any, unpacked: Unpacked, shape: Shape, reading: Reading, most: int) -> None:
    """Tell what speaks against each row that is not in the landing; sums over all of them."""
    others = _OTHERS if unpacked.rows > reading.rows_accepted else "(SELECT * FROM raw LIMIT 0)"
    connection.execute(
        "CREATE TABLE refused AS SELECT row, codes, billed, currency, period_from "
        f"FROM ({shape.typed(others)})"
    )
    _tell_refused(connection, unpacked, reading, most)


def _tell_refused(connection: Any, unpacked: Unpacked, reading: Reading, most: int) -> None:
    reading.refused_money = _refused_money(connection, len(unpacked.ragged))
    counts: dict[str, int] = {}
    for each in reading.refused_money:
        for code in each.codes.split(","):
            counts[code] = counts.get(code, 0) + each.rows
    reading.refused_by_code = counts
    shown = [
        Refused(one.line_no, one.raw, (RAGGED,), message=one.message) for one in unpacked.ragged
    ]
    if len(shown) < sum(each.rows for each in reading.refused_money):
        shown += _listed(connection, unpacked, most)
    reading.refused = sorted(shown, key=lambda row: row.line_no)[:most]


def _refused_money(connection: Any, ragged: int) -> list[RefusedMoney]:
    rows = connection.execute(
        "SELECT codes, coalesce(strftime(period_from, '%Y-%m'), '') AS month, currency, count(*), "
        "coalesce(sum(billed), 0), coalesce(max(abs(billed)), 0) FROM refused "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    found = [
        RefusedMoney(codes, month, currency, count, _units(billed), _units(largest))
        for codes, month, currency, count, billed, largest in rows
    ]
    return [*found, RefusedMoney(RAGGED, "", "", ragged, 0, 0)] if ragged else found


def _listed(connection: Any, unpacked: Unpacked, most: int) -> Iterator[Refused]:
    line_no, places = slicing.line_of(unpacked)
    found = connection.execute(
        f"SELECT {line_no}, t.codes, t.billed, t.currency, r.* EXCLUDE (file_row_number) "
        f"FROM refused t JOIN raw r ON r.file_row_number = t.row {places} "
        f"ORDER BY 1 LIMIT {most}"
    )
    while rows := found.fetchmany(1000):
        for line_no, codes, billed, currency, *cells in rows:
            units = units_or_none(billed)
            yield Refused(line_no, _as_line(cells), tuple(codes.split(",")), units, currency[:3])


def _as_line(cells: Sequence[str | None]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()
