"""What people enter by hand (labour, licences, own machines) as rows of a bill. Pure."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.costs.rules.focus import TARGET
from governance.kernel import money
from governance.kernel.errors import RuleBroken

ENTRY_KINDS = {
    "labour": "Labour",
    "licence": "Licences",
    "machine": "Own machines",
    "other": "Other",
}
CATEGORY = "Entered by hand"  # of service, in the bill that entries become
COLUMNS = ("target", "kind", "start", "end", "currency", "amount", "hours", "rate", "note")
MOST_ENTRIES = 5000
_UNIT = {"labour": "Hours", "machine": "Hours"}


@dataclass(frozen=True, slots=True)
class Entry:
    """``amount`` in units; ``hours`` too, where that is how it came about. ``end`` is exclusive."""

    target: str
    kind: str
    start: dt.date
    end: dt.date
    currency: str
    amount: int
    hours: int | None = None
    note: str = ""

    @property
    def month(self) -> dt.date:
        return self.start.replace(day=1)


def read_entries(rows: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Check rows of plain text and return them; raises ``RuleBroken`` naming each bad row.

    ``end`` is the last day that the money is for; with ``hours`` and ``rate`` there is no amount.
    """
    if not 1 <= len(rows) <= MOST_ENTRIES:
        raise RuleBroken("bad-value", f"Between 1 and {MOST_ENTRIES:,} entries at a time.")
    found, faults = [], {}
    for number, row in enumerate(rows, start=1):
        try:
            found.append(_entry({name: str(row.get(name) or "").strip() for name in COLUMNS}))
        except ValueError as error:
            faults[f"rows.{number}"] = [str(error)]
    if faults:
        place, why = next(iter(faults.items()))
        message = f"Row {place.removeprefix('rows.')}: {why[0]}"
        raise RuleBroken("bad-entry", message, errors=faults)
    return found


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file with the columns of an entry."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleBroken("bad-file", "This is not a UTF-8 text file.") from error
    separator = (
        ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    )
    rows = list(csv.DictReader(io.StringIO(text), delimiter=separator))
    if not rows or not {"target", "start", "currency"} <= set(rows[0]):
        raise RuleBroken("bad-file", f"The file needs the columns {', '.join(COLUMNS)}.")
    return [{name: row.get(name) or "" for name in COLUMNS} for row in rows]


def as_bill(entries: Iterable[Entry], issuer: str, key: str) -> bytes:
    """Return the entries as a FOCUS file; ``key`` makes each delivery its own."""
    out = io.StringIO()
    rows = [_row(entry, issuer, f"{key}/{n}") for n, entry in enumerate(entries, start=1)]
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _entry(row: Mapping[str, str]) -> Entry:
    if not row["target"]:
        raise ValueError("Name the target that the money is for.")
    kind = row["kind"] or "other"
    if kind not in ENTRY_KINDS:
        raise ValueError(f"kind is one of: {', '.join(ENTRY_KINDS)}.")
    currency = row["currency"].upper()
    if currency not in money.MINOR_UNITS:
        raise ValueError(f"{row['currency'] or 'Nothing'} is no currency of ISO 4217.")
    start, last = _day(row["start"], "start"), _day(row["end"] or row["start"], "end")
    if last < start:
        raise ValueError("The end lies before the start.")
    amount, hours = _worth(row)
    end = last + dt.timedelta(days=1)
    return Entry(row["target"], kind, start, end, currency, amount, hours, row["note"][:1000])


def _worth(row: Mapping[str, str]) -> tuple[int, int | None]:
    if row["amount"] and (row["hours"] or row["rate"]):
        raise ValueError("Give an amount, or hours and a rate; not both.")
    if row["amount"]:
        return _units(row["amount"], "amount"), None
    if not (row["hours"] and row["rate"]):
        raise ValueError("Give an amount, or hours and a rate.")
    hours, rate = _units(row["hours"], "hours"), _units(row["rate"], "rate")
    product, rest = divmod(hours * rate, money.UNIT)
    up = rest * 2 > money.UNIT or (rest * 2 == money.UNIT and product % 2 == 1)
    return product + up, hours


def _units(text: str, name: str) -> int:
    try:
        return money.from_text(text)[0]
    except ValueError as error:
        raise ValueError(f"{name}: {text!r} is no number; write it like 1234.56.") from error


def _day(text: str, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name}: {text!r} is no day; write it like 2026-01-31.") from error


def _row(entry: Entry, issuer: str, key: str) -> dict[str, str]:
    amount, month = money.to_text(entry.amount), entry.month
    following = (month + dt.timedelta(days=32)).replace(day=1)
    return {
        "BilledCost": amount,
        "EffectiveCost": amount,
        "BillingCurrency": entry.currency,
        "BillingPeriodStart": f"{month}T00:00:00Z",
        "BillingPeriodEnd": f"{following}T00:00:00Z",
        "ChargePeriodStart": f"{entry.start}T00:00:00Z",
        "ChargePeriodEnd": f"{entry.end}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeDescription": entry.note,
        "InvoiceIssuerName": issuer,
        "ServiceName": ENTRY_KINDS[entry.kind],
        "ServiceCategory": CATEGORY,
        "ConsumedQuantity": "" if entry.hours is None else money.to_text(entry.hours),
        "ConsumedUnit": _UNIT.get(entry.kind, "") if entry.hours is not None else "",
        TARGET: entry.target,
        "x_EntryId": key,
    }
