"""The demo's bill is what it says: the same seed gives the same bytes, and its totals are true."""

import csv
import io
from decimal import Decimal
from pathlib import Path

from governance.kernel import money
from governance.portal.demo.bill import BillPlan, write_bill


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    plan = BillPlan(rows=500, months=2, broken=5)
    write_bill(plan, tmp_path / "a.csv")
    write_bill(plan, tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_totals_are_those_of_the_rows(tmp_path: Path) -> None:
    bill = write_bill(BillPlan(rows=800, dirt=False), tmp_path / "bill.csv")
    rows = list(csv.DictReader(io.StringIO(bill.path.read_text("utf-8-sig"))))
    billed = sum(money.from_decimal(Decimal(row["BilledCost"]))[0] for row in rows)
    effective = sum(money.from_decimal(Decimal(row["EffectiveCost"]))[0] for row in rows)
    assert list(bill.totals.values()) == [(800, billed, effective)]
    assert billed != effective


def test_every_kind_of_file_holds_the_same_money(tmp_path: Path) -> None:
    plan = BillPlan(rows=300)
    made = [write_bill(plan, tmp_path / f"bill.{kind}") for kind in ("csv", "csv.gz", "parquet")]
    assert made[0].totals == made[1].totals == made[2].totals
