"""The FOCUS 1.3 export: every line's exact shares, out of each door, and back in again."""

import csv
import datetime as dt
import io
import json
from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.exporting import Exported, export_month
from governance.kernel import money
from governance.kernel.amounts import ExactSum
from governance.kernel.errors import Missing, RuleBroken
from governance.kernel.money import UNIT
from tests.factories import access
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)
JANUARY = bills.JANUARY
SPLIT = ("BilledCost", "EffectiveCost", "ConsumedQuantity", "PricingQuantity")


@pytest.fixture
def run(manager: User, rules: models.RuleSet, bill: models.ImportBatch) -> models.AllocationRun:
    return published(manager)


def published(manager: User, month: dt.date = JANUARY) -> models.AllocationRun:
    found = bills.allocated(manager, month)
    actor = access.actor(manager)
    return costs.publish_run(actor=actor, run_id=found.pk, seen=found.result_digest)


def exported(month: dt.date = JANUARY) -> tuple[Exported, list[dict[str, str]]]:
    found = export_month(models.AllocationRun.objects.all(), month)
    with found.file:
        rows = list(csv.DictReader(io.TextIOWrapper(found.file, "utf-8", newline="")))
    return found, rows


def units(text: str) -> int:
    return money.from_text(text)[0]


def ratio_of(row: dict[str, str]) -> int:
    read: Any = json.loads(row["AllocatedMethodDetails"], parse_float=str, parse_int=str)
    return units(read["Elements"][0]["AllocatedRatio"])


@pytest.mark.embedded
def test_each_line_goes_out_once_for_each_charge_and_sums_to_itself(
    run: models.AllocationRun,
) -> None:
    found, rows = exported()
    assert found.reconciles
    assert {(e.issuer, e.currency, e.rows) for e in found.sums} == {
        ("Cloud", "USD", 7),
        ("Cloud", "EUR", 1),
    }
    cluster = [row for row in rows if row["x_BatchLine"] == "2"]
    assert [row["BilledCost"] for row in cluster] == [
        "3.333333333333333334",
        "3.333333333333333333",
        "3.333333333333333333",
    ]
    assert [row["EffectiveCost"][-1] for row in cluster] == ["3", "2", "2"]
    assert [row["AllocatedResourceId"] for row in cluster] == ["pool/a", "pool/b", "pool/c"]
    assert sum(map(ratio_of, cluster)) == UNIT
    assert {row["AllocatedMethodId"] for row in cluster} == {"RULES-00001/Rule 3"}
    assert {row["ChargePeriodStart"] for row in rows} == {"2026-01-05T00:00:00Z"}


def test_a_line_that_was_never_split_goes_out_as_it_came(run: models.AllocationRun) -> None:
    _, rows = exported()
    whole = {row["ResourceId"]: row for row in rows if row["ResourceId"] != "r-1"}
    assert (whole["r-2"]["BilledCost"], whole["r-2"]["x_ChargedTo"]) == ("5", "pool/a")
    assert whole["r-3"]["x_ChargedTo"] == "unallocated/no_rule"
    for row in whole.values():
        assert not any(value for name, value in row.items() if name.startswith("Allocated"))
    assert list(rows[0])[-5:] == [name for name in rows[0] if name.startswith("x_")]


def test_quantities_are_split_and_prices_and_words_are_not(
    manager: User, rules: models.RuleSet
) -> None:
    row = {
        "ServiceName": "Cluster",
        "ConsumedQuantity": "7",
        "PricingQuantity": "35.2E-7",
        "ListUnitPrice": "0.00000000000012",
        "ListCost": "NULL",
        "SubAccountId": "00042",
        "ChargeDescription": '=HYPERLINK("x"), and more',
        "Tags": '{"org": "a"}',
    }
    bills.imported(manager, bills.source(manager), bills.focus_csv(row))
    published(manager)
    found, rows = exported()
    assert {name: sum(units(row[name]) for row in rows) for name in SPLIT} == {
        "BilledCost": UNIT,
        "EffectiveCost": UNIT,
        "ConsumedQuantity": 7 * UNIT,
        "PricingQuantity": 3_520_000_000_000,
    }
    for name in ("ListUnitPrice", "SubAccountId", "ChargeDescription"):
        assert {each[name] for each in rows} == {row[name]}
    assert {each["ListCost"] for each in rows} == {""}
    assert {each["Tags"] for each in rows} == {'{"org":"a"}'}
    (lacking,) = found.not_held.values()
    assert "SkuId" in lacking
    assert "ListCost" not in lacking


def test_what_nobody_takes_of_a_split_line_is_a_row_of_its_own(
    manager: User, other: User, pool: str, bill: models.ImportBatch
) -> None:
    targets = [{"target": pool, "weight": "33.4"}, {"target": "pool/b", "weight": "66.6"}]
    empties = {"pool": pool, "driver": "predictions"}
    bills.in_force(
        manager,
        other,
        {"priority": 1, "method": "fixed", "targets": targets},
        {"priority": 2, "phase": "shared", "method": "usage", "options": empties},
    )
    published(manager)
    found, rows = exported()
    assert found.reconciles
    shares = {row["AllocatedResourceId"]: ratio_of(row) for row in rows}
    assert shares == {"unallocated": 334 * UNIT // 1000, "pool/b": 666 * UNIT // 1000}
    assert {row["AllocatedTags"] for row in rows} == {'{"reason": "no_driver"}', "{}"}


def test_money_that_was_split_twice_still_sums_to_its_line(
    manager: User, other: User, pool: str, bill: models.ImportBatch
) -> None:
    targets = [{"target": pool, "weight": "33.3"}, {"target": "pool/b", "weight": "66.7"}]
    parts = [{"target": f"pool/{name}"} for name in "abc"]
    bills.in_force(
        manager,
        other,
        {"priority": 1, "method": "fixed", "targets": targets},
        {"priority": 2, "phase": "shared", "method": "even", "targets": parts}
        | {"options": {"pool": pool}},
    )
    published(manager)
    found, rows = exported()
    assert found.reconciles
    for number, billed in (("2", 10 * UNIT), ("3", -1), ("4", 5 * UNIT)):
        line = [row for row in rows if row["x_BatchLine"] == number]
        assert [row["x_ChargedTo"][-1] for row in line] == ["b", "a", "b", "c"]
        assert sum(units(row["BilledCost"]) for row in line) == billed
        assert sum(map(ratio_of, line)) == UNIT


def test_a_rule_that_changes_inside_the_month_is_told_apart_by_day(
    manager: User, other: User, pool: str
) -> None:
    parts = [{"target": "pool/a"}, {"target": "pool/b"}]
    early = {"priority": 1, "method": "even", "targets": parts, "valid_to": "2026-01-10"}
    late = {"priority": 2, "method": "direct", "targets": [{"target": "pool/c"}]}
    bills.in_force(manager, other, early, late)
    days = [{"ChargePeriodStart": f"2026-01-{day}T00:00:00Z"} for day in ("05", "09", "10", "20")]
    ended = {"ChargePeriodEnd": "2026-01-21T00:00:00Z"}
    bills.imported(manager, bills.source(manager), bills.focus_csv(*days, **ended))
    published(manager)
    found, rows = exported()
    assert found.reconciles
    paid = [(row["ChargePeriodStart"][8:10], row["x_ChargedTo"][-1]) for row in rows]
    assert paid == [("05", "a"), ("05", "b"), ("09", "a"), ("09", "b"), ("10", "c"), ("20", "c")]


def test_our_own_export_comes_in_again_with_the_same_totals(
    manager: User, run: models.AllocationRun
) -> None:
    found = export_month(models.AllocationRun.objects.all(), JANUARY)
    with found.file:
        batch = bills.imported(manager, bills.source(manager), found.file.read())
    assert (batch.focus_detected, batch.rows_rejected) == ("1.3", 0)
    totals: dict[str, list[tuple[int, int]]] = defaultdict(list)
    rows = models.PartTotal.objects.values_list("part__batch__source", "currency")
    sums = rows.annotate(ExactSum("billed"), ExactSum("effective")).order_by()
    for _, currency, billed, effective in sums:
        totals[currency].append((billed, effective))
    assert {currency: len(set(each)) for currency, each in totals.items()} == {"USD": 1, "EUR": 1}
    assert {len(each) for each in totals.values()} == {2}


def test_charges_that_their_lines_do_not_sum_to_never_leave(run: models.AllocationRun) -> None:
    charge = models.AllocatedCharge.objects.filter(run=run, target__key="pool/b").first()
    models.AllocatedCharge.objects.filter(pk=charge.pk).update(billed=charge.billed + 1)
    with pytest.raises(RuleBroken, match="not the sum of their lines"):
        exported()


def test_without_a_published_run_there_is_nothing_to_export(run: models.AllocationRun) -> None:
    with pytest.raises(Missing, match="2026-03"):
        export_month(models.AllocationRun.objects.all(), dt.date(2026, 3, 1))


def test_a_correction_is_split_by_the_rules_of_its_charge_month(
    manager: User, rules: models.RuleSet
) -> None:
    """The bill's month says when, the charge's month says whose; no other word is lost."""
    february = {
        "BillingPeriodStart": "2026-02-01T00:00:00Z",
        "BillingPeriodEnd": "2026-03-01T00:00:00Z",
    }
    row = {"ServiceName": "Cluster", "InvoiceId": "I-2", "ChargeClass": "Correction"} | february
    later = {"ResourceId": "r-2"} | february
    later |= {
        "ChargePeriodStart": "2026-02-03T00:00:00Z",
        "ChargePeriodEnd": "2026-02-04T00:00:00Z",
    }
    bills.cluster_bill(manager, "10.00")
    published(manager)
    models.BillingPeriod.objects.update(state="closed")
    given = {"BilledCost": "-4", "EffectiveCost": "-4"}
    bills.imported(manager, bills.source(manager), bills.focus_csv({**row, **given}, later))
    published(manager, bills.FEBRUARY)
    found, rows = exported(bills.FEBRUARY)
    assert found.reconciles
    fixed = [each for each in rows if each["ChargeClass"]]
    assert [each["x_ChargedTo"] for each in fixed] == ["pool/a", "pool/b", "pool/c"]
    assert sum(units(each["BilledCost"]) for each in fixed) == -4 * UNIT
    assert sum(map(ratio_of, fixed)) == UNIT
    kept = {name: {each[name] for each in fixed} for name in ("InvoiceId", "ChargeClass")}
    assert kept == {"InvoiceId": {"I-2"}, "ChargeClass": {"Correction"}}
    assert {each["BillingPeriodStart"][:7] for each in fixed} == {"2026-02"}
    assert {each["ChargePeriodStart"][:7] for each in fixed} == {"2026-01"}


def test_what_a_retired_target_would_get_goes_to_its_successor_from_that_day(
    manager: User, rules: models.RuleSet
) -> None:
    heir = models.Target.objects.get(key="pool/c")
    gone = {"retired_on": dt.date(2026, 1, 10), "successor": heir}
    models.Target.objects.filter(key="pool/b").update(**gone)
    models.Target.objects.filter(key="pool/a").update(retired_on=dt.date(2026, 1, 10))
    days = [{"ChargePeriodStart": f"2026-01-{day}T00:00:00Z"} for day in ("09", "10")]
    common = {"ServiceName": "Cluster", "ChargePeriodEnd": "2026-01-11T00:00:00Z"}
    bills.imported(manager, bills.source(manager), bills.focus_csv(*days, **common))
    published(manager)
    found, rows = exported()
    assert found.reconciles
    paid = [(row["ChargePeriodStart"][8:10], row["x_ChargedTo"]) for row in rows]
    assert paid == [
        *(("09", f"pool/{name}") for name in "abc"),
        *(("10", key) for key in ("unallocated/target_retired", "pool/c", "pool/c")),
    ]
    for day in ("09", "10"):
        line = [row for row in rows if row["ChargePeriodStart"][8:10] == day]
        assert sum(units(row["BilledCost"]) for row in line) == UNIT
        assert sum(map(ratio_of, line)) == UNIT


def test_the_shell_writes_the_file_and_reconciles(
    run: models.AllocationRun, tmp_path: Path
) -> None:
    file, out = tmp_path / "focus.csv", StringIO()
    call_command("export_focus", "--period", "2026-01", "--out", str(file), stdout=out)
    said = out.getvalue()
    assert "holds  Cloud USD: 7 rows, billed 14.999999999999999999" in said
    assert "does not hold" in said
    assert file.read_bytes().startswith(b"Allocated")
    with pytest.raises(CommandError, match="2026-01"):
        call_command("export_focus", "--period", "January")
    with pytest.raises(CommandError, match="No published run"):
        call_command("export_focus", "--period", "2026-03")


def test_a_charge_shows_its_exact_share_of_each_line(
    manager: User, run: models.AllocationRun
) -> None:
    charge = models.AllocatedCharge.objects.get(run=run, target__key="pool/b")
    path = f"/api/v1/costs/runs/{run.pk}/charges/{charge.pk}/lines/"
    client = Client()
    client.force_login(manager)
    items = client.get(path).json()["items"]
    assert [(each["line_no"], each["billed_share"]) for each in items] == [
        (2, "3.333333333333333333"),
        (3, "0"),
    ]
    for basis in ("billed", "effective"):
        assert sum(units(each[f"{basis}_share"]) for each in items) == getattr(charge, basis)
    page = client.get(f"/costs/charges/{charge.pk}/").content.decode()
    assert "Effective share" in page
    assert "3.333333333333333333" in page


def test_shared_lines_are_not_shown_to_one_team(run: models.AllocationRun) -> None:
    charge = models.AllocatedCharge.objects.get(run=run, target__key="pool/b")
    team = access.team()
    models.Target.objects.filter(key="pool/b").update(team=team)
    client = Client()
    client.force_login(access.person("manager", team=team))
    answer = client.get(f"/api/v1/costs/runs/{run.pk}/charges/{charge.pk}/lines/")
    assert (answer.status_code, answer.json()["code"]) == (404, "lines-shared")
    assert "3.333333333333333333" in client.get(f"/costs/charges/{charge.pk}/").content.decode()
