"""Which usage can be true. Pure: rows as text in, usage or its faults out."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from governance.costs.kinds import UsageUnit
from governance.kernel.errors import Invalid, RuleBroken
from governance.kernel.money import UNIT, from_text

COLUMNS = ("version", "day", "unit", "quantity", "origin")

MOST_ROWS = 10_000
LONGEST_ORIGIN = 100
OLDEST = dt.date(2015, 1, 1)
# A day has 86,400 seconds; nobody has a million processors for one model, nor 10¹³ calls a day.
MOST_BY_UNIT = {
    UsageUnit.PREDICTIONS: 10**13,
    UsageUnit.TOKENS: 10**16,
    **dict.fromkeys(
        (
            UsageUnit.GPU_SECONDS,
            UsageUnit.CPU_SECONDS,
            UsageUnit.GPU_SECONDS_RESERVED,
            UsageUnit.CPU_SECONDS_RESERVED,
        ),
        86_400 * 10**6,
    ),
}
_WHOLE = frozenset({UsageUnit.PREDICTIONS, UsageUnit.TOKENS})


@dataclass(frozen=True, slots=True)
class Usage:
    """``version`` as it was named (an id or ``MDL-00042/v3``), ``quantity`` in units of 10⁻¹⁸."""

    version: str
    day: dt.date
    unit: UsageUnit
    quantity: int
    origin: str


@dataclass(frozen=True, slots=True)
class Refused:
    """``place`` counts the delivered rows from 1."""

    place: int
    why: tuple[str, ...]


def read(row: Mapping[str, str], today: dt.date) -> tuple[Usage | None, tuple[str, ...]]:
    """Return what a row says, or why it cannot be taken."""
    given = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    missing = [f"{name} is missing." for name in COLUMNS if not given[name]]
    if missing:
        return None, tuple(missing)
    unit = UsageUnit(given["unit"]) if given["unit"] in UsageUnit.values else None
    day, untimely = _day(given["day"], today)
    quantity, uncounted = _quantity(given["quantity"], unit)
    faults = (
        "" if unit else f"unit must be one of {', '.join(UsageUnit.values)}.",
        untimely,
        uncounted,
        _origin(given["origin"]),
    )
    if any(faults) or unit is None or day is None:
        return None, tuple(why for why in faults if why)
    return Usage(given["version"], day, unit, quantity, given["origin"]), ()


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file in UTF-8; raises ``Invalid`` when it is none of ours.

    Other columns are passed over; the five must be there. Raises ``RuleBroken`` beyond the cap.
    """
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        columns = {str(name).strip() for name in table.fieldnames or ()}
        if lacking := [name for name in COLUMNS if name not in columns]:
            raise Invalid("no-such-column", f"The file has no column {', '.join(lacking)}.")
        rows = [{str(k).strip(): v or "" for k, v in row.items() if k} for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("not-csv", "This is no CSV file in UTF-8.") from error
    require_few(rows)
    return rows


def require_few(rows: Sequence[object]) -> None:
    """Raise ``RuleBroken`` for a delivery of no rows or of more than are taken at once."""
    if not rows:
        raise RuleBroken("no-rows", "There is no row of usage in this.")
    if len(rows) > MOST_ROWS:
        raise RuleBroken("too-many-rows", f"At most {MOST_ROWS:,} rows at once; send it in parts.")


def _day(text: str, today: dt.date) -> tuple[dt.date | None, str]:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None, "day must be a date such as 2026-01-31."
    if day > today:
        return None, f"{day} is still to come; usage is what happened."
    return (None, f"{day} is before {OLDEST}; that cannot be meant.") if day < OLDEST else (day, "")


def _quantity(text: str, unit: UsageUnit | None) -> tuple[int, str]:
    try:
        quantity, rest = from_text(text)
    except ValueError:
        return 0, "quantity must be a plain number such as 1250."
    if quantity < 0 or rest < 0:
        return 0, "quantity is negative."
    if unit and quantity > MOST_BY_UNIT[unit] * UNIT:
        return 0, f"quantity is more than {MOST_BY_UNIT[unit]:,} {unit.label} on one day."
    if unit in _WHOLE and (quantity % UNIT or rest):
        return 0, f"{unit.label} are counted in whole numbers."
    return quantity, "quantity has more than 18 decimals." if rest else ""


def _origin(text: str) -> str:
    if "\x00" in text:
        return "origin holds a character that cannot be kept."
    return f"origin has at most {LONGEST_ORIGIN} characters." if len(text) > LONGEST_ORIGIN else ""
