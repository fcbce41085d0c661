"""A cloud bill as providers send them (FOCUS), with the dirt that real files contain. Seeded.

Endpoints, GPU training, a shared platform, commitments, credits, tax and rows that come late. Every
amount is a whole number of 10⁻¹¹, so the control totals that come with the file are exact.
"""

import datetime as dt
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from governance.portal.demo import bill_dirt
from governance.portal.demo.bill_resources import Resources, Workload, resources

PLACES = 11
_CHUNK = 250_000
_UNITS = 10 ** (18 - PLACES)
_REFUNDED = 0.006  # of all rows: usage with a minus, as providers write refunds


@dataclass(frozen=True, slots=True)
class BillPlan:
    """What a bill holds. Shares are of its rows; ``broken`` rows are such as nobody can accept."""

    rows: int = 20_000
    start: dt.date = dt.date(2026, 1, 1)
    months: int = 1
    workloads: tuple[Workload, ...] = (Workload("fraud-score"), Workload("churn", gpu=False))
    provider: str = "Amazon Web Services"
    currency: str = "USD"
    tagged: float = 0.71
    late: float = 0.004
    dirt: bool = True
    broken: int = 0
    scale: float = 1.0
    seed: int = 7


@dataclass(slots=True)
class Bill:
    """The file, and what its acceptable rows sum to: (rows, billed, effective) by first day."""

    path: Path
    totals: dict[dt.date, tuple[int, int, int]] = field(default_factory=dict)
    broken: int = 0


def write_bill(plan: BillPlan, path: Path) -> Bill:
    """Write the bill to ``path``: ``.csv``, ``.csv.gz`` or ``.parquet`` by its name."""
    made = Bill(path, broken=plan.broken)
    tables = (_counted(made, table) for table in _chunks(plan))
    if path.suffix == ".parquet":
        _write_parquet(tables, path)
    elif path.suffix == ".gz":
        with gzip.open(path, "wb", compresslevel=1) as out:
            _write_csv(plan, tables, out)
    else:
        with path.open("wb") as out:
            _write_csv(plan, tables, out)
    return made


def months_of(plan: BillPlan) -> list[dt.date]:
    """Return the first days of the plan's billing months, and of the one that follows."""
    first = plan.start.year * 12 + plan.start.month - 1
    return [dt.date(m // 12, m % 12 + 1, 1) for m in range(first, first + plan.months + 1)]


def _chunks(plan: BillPlan) -> Iterator[pa.Table]:
    rng = np.random.default_rng(plan.seed)
    things = resources(plan.workloads, max(plan.rows // 40, 60), plan.tagged, plan.seed)
    for first in range(0, plan.rows, _CHUNK):
        yield _table(plan, rng, things, min(_CHUNK, plan.rows - first))


def _table(plan: BillPlan, rng: np.random.Generator, things: Resources, rows: int) -> pa.Table:
    picked = rng.choice(len(things.price), rows, p=things.weight)
    firsts = months_of(plan)
    month = np.sort(rng.integers(0, plan.months, rows))
    begins = np.array(firsts, dtype="datetime64[h]")
    hours = (begins[month + 1] - begins[month]).astype(int)
    offset = (rng.random(rows) * hours).astype(int)
    late = rng.random(rows) < plan.late
    start = begins[month] + np.where(late, -offset % 72 - 1, offset)
    amounts = _amounts(plan, rng, things, picked)
    return _columns(plan, things, picked, (begins[month], begins[month + 1], start), amounts)


def _amounts(
    plan: BillPlan, rng: np.random.Generator, things: Resources, picked: Any
) -> dict[str, Any]:
    """Return whole numbers of 10⁻¹¹. Credits are negative; what a commitment covers costs nothing
    on the bill, and its purchase is not used up.
    """
    quantity = rng.gamma(1.3, 0.8, len(picked)) + 1e-4
    listed = (things.price[picked] * quantity * plan.scale * 10**PLACES).astype(np.int64)
    contracted = listed - listed // 20
    sign = np.where((rng.random(len(picked)) < _REFUNDED) | things.credit[picked], -1, 1)
    billed = np.where(things.covered[picked], 0, contracted) * sign
    effective = np.where(things.covered[picked], contracted - contracted // 4, billed)
    effective = np.where(things.purchase[picked], 0, effective)
    return {
        "BilledCost": billed,
        "EffectiveCost": effective,
        "ListCost": listed * sign,
        "ContractedCost": contracted * sign,
        "ConsumedQuantity": (quantity * 10**PLACES).astype(np.int64),
    }


def _columns(
    plan: BillPlan, things: Resources, picked: Any, times: tuple[Any, Any, Any], amounts: Any
) -> pa.Table:
    begin, end, start = times
    found: dict[str, Any] = {name: _decimals(values) for name, values in amounts.items()}
    found["PricingQuantity"] = found["ConsumedQuantity"]
    found["BillingPeriodStart"], found["BillingPeriodEnd"] = _times(begin), _times(end)
    found["ChargePeriodStart"] = _times(start)
    found["ChargePeriodEnd"] = _times(start + np.timedelta64(1, "h"))
    for name, values in things.texts.items():
        code = things.codes[name][picked]
        codes = pa.array(code, pa.int32(), mask=code < 0)
        found[name] = pa.DictionaryArray.from_arrays(codes, pa.array(values, pa.string()))
    month = begin.astype("datetime64[M]").astype(str)
    found["InvoiceId"] = pa.array([f"INV-{m}" for m in month]).dictionary_encode()
    fixed = {"BillingCurrency": plan.currency, "BillingAccountId": "000420001337"}
    fixed |= dict.fromkeys(("ProviderName", "PublisherName", "InvoiceIssuerName"), plan.provider)
    fixed |= {"BillingAccountName": "Group", "ChargeFrequency": "Usage-Based"}
    for name, value in fixed.items():
        zeros = pa.array(np.zeros(len(picked), np.int32))
        found[name] = pa.DictionaryArray.from_arrays(zeros, pa.array([value]))
    return pa.table({name: found[name] for name in sorted(found)})


def _decimals(values: Any) -> pa.Array:
    """Return int64 numbers of 10⁻¹¹ as an exact decimal column: 128 bits, the sign carried up."""
    wide = np.empty((len(values), 2), np.int64)
    wide[:, 0], wide[:, 1] = values, values >> 63
    kind = pa.decimal128(38, PLACES)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(wide)])


def _times(values: Any) -> pa.Array:
    return pa.array(values.astype("datetime64[s]"), pa.timestamp("s", tz="UTC"))


def _counted(made: Bill, table: pa.Table) -> pa.Table:
    """Add the table's exact sums to what the bill says of itself."""
    grouped = table.group_by("BillingPeriodStart").aggregate(
        [("BilledCost", "sum"), ("EffectiveCost", "sum"), ("BilledCost", "count")]
    )
    for row in grouped.to_pylist():
        day = row["BillingPeriodStart"].date()
        rows, billed, effective = made.totals.get(day, (0, 0, 0))
        made.totals[day] = (
            rows + row["BilledCost_count"],
            billed + int(row["BilledCost_sum"].scaleb(PLACES)) * _UNITS,
            effective + int(row["EffectiveCost_sum"].scaleb(PLACES)) * _UNITS,
        )
    return table


def _write_parquet(tables: Iterator[pa.Table], path: Path) -> None:
    first = next(tables)
    with pa.parquet.ParquetWriter(path, first.schema, compression="zstd") as out:
        out.write_table(first)
        for table in tables:
            out.write_table(table)


def _write_csv(plan: BillPlan, tables: Iterator[pa.Table], out: IO[bytes] | gzip.GzipFile) -> None:
    options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
    rng = np.random.default_rng(plan.seed + 1)
    names: list[str] = []
    for table in tables:
        if not names:
            names = table.column_names
            out.write(bill_dirt.first_line(names, dirty=plan.dirt).encode())
        plain = bill_dirt.as_text(table)
        ready = bill_dirt.soiled(plain, rng) if plan.dirt else plain
        pa.csv.write_csv(ready, out, options)
    for line in bill_dirt.broken_lines(plan.broken, names, months_of(plan)[0], dirty=plan.dirt):
        out.write(line.encode())
