"""Billed against shared out: exact sums, every gap named, and only for those who may see it all."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.access.kinds import Role
from governance.costs.models import BatchPart, BillingPeriod, ImportBatch, PartTotal
from governance.costs.querysets.reconciliation import Reconciliation, reconciliation
from governance.kernel import money
from governance.kernel.errors import Missing
from tests.factories import access, catalog, spend
from tests.factories.costs import scattered
from tests.factories.spend import JANUARY, Company, charged

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return Company()


def billed(
    company: Company, amount: str, currency: str = "USD", issuer: str = "Cloud"
) -> BatchPart:
    """An accepted delivery of January whose lines sum to ``amount``, in both bases."""
    scattered(catalog.version(), company.controller.pk)
    part = BatchPart.objects.select_related("period").latest("pk")
    BatchPart.objects.filter(pk=part.pk).update(accepted_at=dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    units = money.from_text(amount)[0]
    PartTotal.objects.create(part=part, currency=currency, rows=3, billed=units, effective=units)
    part.refresh_from_db()
    return part


def read(company: Company) -> Reconciliation:
    return reconciliation(access.actor(company.controller), JANUARY)


@pytest.mark.embedded
def test_a_month_balances_when_both_sides_agree_to_the_last_digit(company) -> None:
    part = billed(company, "300.120000000000000001")
    type(company.january.days.first()).objects.update(issuer=part.period.issuer)
    (account,) = read(company).accounts["billed"]
    assert money.to_text(account.allocated) == "300.12"
    assert money.to_text(account.unallocated) == "0.000000000000000001"
    assert account.difference == 0
    assert not read(company).balances  # what was used up was less than what is billed: effective
    PartTotal.objects.update(effective=money.from_text("290.120000000000000001")[0])
    assert read(company).balances


def test_one_unit_too_much_is_a_difference_and_is_stated(company) -> None:
    part = billed(company, "300.120000000000000002")
    type(company.january.days.first()).objects.update(issuer=part.period.issuer)
    (account,) = read(company).accounts["billed"]
    assert account.difference == 1
    page = access.signed_in(Client(), company.controller).get(reverse("costs:reconciliation"))
    assert "The sums differ" in page.content.decode()
    assert "0.000000000000000001" in page.content.decode()


def test_currencies_and_issuers_are_never_added_to_each_other(company) -> None:
    billed(company, "5", "EUR")
    billed(company, "7", "JPY")
    found = {(one.currency, one.billed) for one in read(company).accounts["billed"]}
    assert ("EUR", 5 * money.UNIT) in found
    assert ("JPY", 7 * money.UNIT) in found


def test_a_replaced_part_counts_no_more_and_one_not_accepted_not_yet(company) -> None:
    part = billed(company, "5")
    BatchPart.objects.filter(pk=part.pk).update(superseded_by=part.batch)
    scattered(catalog.version(), company.controller.pk)
    assert all(one.billed == 0 for one in read(company).accounts["billed"])


@pytest.mark.embedded
def test_refused_rows_stand_beside_their_month_all_of_them(company) -> None:
    part = billed(company, "5")
    told = [("2026-01", 150_000, "3"), ("2026-02", 7, "500"), ("", 2, "0.5"), ("2025-12", 1, "40")]
    parts = {"facts": {"refused_money": [refusal(*each) for each in told]}}
    ImportBatch.objects.filter(pk=part.batch_id).update(**parts)
    later = BillingPeriod.objects.create(
        issuer="Cloud", start=spend.FEBRUARY, end=dt.date(2026, 3, 1)
    )
    BatchPart.objects.create(batch=part.batch, period=later)
    (refused,) = read(company).refused
    assert (refused.rows, money.to_text(refused.amount)) == (150_003, "43.5")


def refusal(month: str, rows: int, amount: str) -> dict[str, str | int]:
    return {"codes": "x", "month": month, "currency": "USD", "rows": rows, "billed": amount}


def test_deliveries_that_the_run_does_not_know_yet_are_named(company) -> None:
    part = billed(company, "5")
    type(company.january).objects.update(finished_at=dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    assert [one.pk for one in read(company).later] == [part.pk]


def test_money_left_in_a_pool_is_neither_allocated_nor_lost(company) -> None:
    charged(company.january, spend.target("pool/gpu", "pool", name="GPUs"), "9")
    (account,) = (one for one in read(company).accounts["billed"] if one.issuer == "Cloud")
    assert account.in_pools == 9 * money.UNIT


def test_a_right_in_one_team_does_not_reach_the_companys_sums(company) -> None:
    manager = access.person(Role.MANAGER, team=company.lending)
    with pytest.raises(Missing):
        reconciliation(access.actor(manager), JANUARY)
    answer = access.signed_in(Client(), manager).get(reverse("costs:reconciliation"))
    assert answer.status_code == 404


def test_a_month_is_read_as_it_stood_on_a_day_or_up_to_a_bill(company) -> None:
    first, second = billed(company, "5"), billed(company, "7")
    BatchPart.objects.filter(pk=first.pk).update(
        superseded_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), superseded_by=second.batch
    )
    BatchPart.objects.filter(pk=second.pk).update(
        accepted_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    )
    api = access.api_client(company.controller)

    def sums(as_of: str) -> set[str]:
        asked = {"period": "2026-01", "as_of": as_of} if as_of else {"period": "2026-01"}
        body = api.get("/api/v1/costs/reconciliation/", asked).json()
        return {one["billed"] for one in body["accounts"]} - {"0"}

    assert sums("") == {"7"}
    assert sums("2026-02-15") == sums("2026-02-15T10:00Z") == {"5"}
    assert sums(first.batch.public_id) == {"5"}
    assert sums(second.batch.public_id) == {"7"}
    assert sums("2026-01-15") == set()
    shown = access.signed_in(Client(), company.controller).get(
        reverse("costs:reconciliation"), {"month": "2026-01", "as_of": "2026-02-15"}
    )
    assert "As it stood" in shown.text
    assert "No run was published then" in shown.text  # it was published later


@pytest.mark.parametrize("wrong", ["yesterday", "2026-02-30", "BAT-99999"])
def test_what_names_no_moment_is_refused(company, wrong: str) -> None:
    api = access.api_client(company.controller)
    for path in ("reconciliation", "summary"):
        answer = api.get(f"/api/v1/costs/{path}/", {"period": "2026-01", "as_of": wrong})
        assert answer.status_code == 400
        assert "as_of" in answer.json()["errors"]


def test_the_queries_do_not_grow_with_deliveries(company) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            read(company)
        return len(seen)

    billed(company, "5")
    few = count()
    for _ in range(4):
        billed(company, "5")
    assert count() == few
