"""What published FOCUS files really look like: other spellings of the same value, and broken rows.

Soiling never changes what a row is worth, so that a bill's control totals stay true.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_FEW = 3  # rows of each kind of dirt in a piece of a bill
_SHARE = 0.02
_BROKEN = (
    ("unreadable-amount", {"BilledCost": "n/a"}),
    ("ambiguous-number", {"BilledCost": '"1.234,56"'}),
    ("bad-currency", {"BillingCurrency": "XXX"}),
    ("unreadable-date", {"ChargePeriodStart": "yesterday"}),
    ("ragged-row", None),
)


def first_line(names: list[str], *, dirty: bool) -> str:
    """Return the header; a careless exporter marks the byte order and has a column of its own."""
    if not dirty:
        return ",".join(names) + "\n"
    spelled = ["SkuPriceid" if name == "SkuPriceId" else name for name in names]
    return "\ufeff" + ",".join([*spelled, "Id"]) + "\n"


def as_text(table: pa.Table) -> pa.Table:
    """Return the table as a CSV writes it: times in ISO form with ``Z``, all else as plain text."""
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_timestamp(column.type):
            columns[name] = pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
        else:
            columns[name] = column.cast(pa.string())
    return pa.table(columns)


def soiled(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Return the same rows, some of their values written in another way."""
    rows = table.num_rows
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    some = rng.random(rows) < _SHARE
    for name in ("ContractedCost", "ResourceName", "SkuId"):
        columns[name] = _where(some, pa.scalar("NULL"), columns[name])
    columns["ChargeFrequency"] = _where(some, pa.scalar("Usage-based"), columns["ChargeFrequency"])
    category = columns["ChargeCategory"]
    columns["ChargeCategory"] = _where(some, pc.utf8_lower(category), category)
    start = columns["ChargePeriodStart"]
    zoneless = pc.replace_substring(pc.replace_substring(start, "T", " "), "Z", "")
    columns["ChargePeriodStart"] = _where(some, zoneless, start)
    _spell_otherwise(columns, rng.choice(rows, min(2 * _FEW, rows), replace=False))
    return pa.table({**columns, "Id": pa.array(np.arange(rows)).cast(pa.string())})


def _spell_otherwise(columns: dict[str, Any], at: Any) -> None:
    """Write single amounts with symbol, separators and spaces, or with an exponent."""
    rows = np.sort(at)
    told = columns["BilledCost"].take(pa.array(rows)).to_pylist()
    spelled = []
    for place, text in enumerate(told):
        amount = Decimal(text)
        minus, size = ("-" if amount < 0 else ""), abs(amount)
        priced = f"{minus}${size:,f} "
        spelled.append(priced if place < _FEW else f"{amount.scaleb(7)}E-7")
    mask = np.zeros(len(columns["BilledCost"]), bool)
    mask[rows] = True
    columns["BilledCost"] = pc.replace_with_mask(
        columns["BilledCost"], pa.array(mask), pa.array(spelled, pa.string())
    )


def broken_lines(count: int, names: list[str], month: dt.date, *, dirty: bool) -> Iterator[str]:
    """Yield ``count`` lines that no importer can accept, each of another kind."""
    for number in range(count):
        _, fault = _BROKEN[number % len(_BROKEN)]
        if fault is None:
            yield "left,over,cells\n"
            continue
        later = dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)
        row = {
            "BilledCost": "12.5",
            "EffectiveCost": "12.5",
            "BillingCurrency": "USD",
            "ChargeCategory": "Usage",
            "BillingPeriodStart": f"{month}T00:00:00Z",
            "BillingPeriodEnd": f"{later}T00:00:00Z",
            "ChargePeriodStart": f"{month}T00:00:00Z",
            "ChargePeriodEnd": f"{month}T01:00:00Z",
            "InvoiceIssuerName": "Amazon Web Services",
        } | fault
        yield ",".join([*(row.get(name, "") for name in names), *[""] * dirty]) + "\n"


def codes_of(count: int) -> Counter[str]:
    return Counter(_BROKEN[number % len(_BROKEN)][0] for number in range(count))


def _where(mask: Any, chosen: Any, other: Any) -> Any:
    return pc.if_else(pa.array(mask), chosen, other)
