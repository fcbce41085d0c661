"""Lists of money as files: linked from their page, exact, and nothing that a spreadsheet runs."""

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.access.models import User
from governance.costs.models import (
    AllocationRun,
    FxRate,
    PartTotal,
    RuleSet,
    UsageMetric,
)
from governance.costs.presentation.accounts import COLUMNS, account_rows
from governance.costs.querysets.reconciliation import Reconciliation, Refused
from governance.kernel.money import UNIT
from tests.factories import access, catalog, spend
from tests.factories.spend import FEBRUARY, JANUARY, Company, charged

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return Company()


def rows(user: User, name: str, *args, **query: str) -> list[dict[str, str]]:
    """The file that the page's own link leads to."""
    client = access.signed_in(Client(), user)
    url = reverse(name, args=args)
    shown = client.get(url, query).content.decode()
    links = re.findall(r'href="([^"]*format=csv[^"]*)"', shown)
    assert len(links) == 1
    link = links[0].replace("&amp;", "&")
    answer = client.get(link if link.startswith("/") else url + link)
    assert answer["Content-Type"].startswith("text/csv")
    text = b"".join(answer).decode().removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_runs_with_whose_place_they_took(company) -> None:
    old = spend.run(JANUARY, company.controller.pk, state="superseded")
    AllocationRun.objects.filter(pk=company.january.pk).update(
        supersedes=old, requested_by=company.controller, result_digest="a" * 64
    )
    found = {row["Run"]: row for row in rows(company.controller, "costs:run-list")}
    assert len(found) == 3
    row = found[company.january.public_id]
    assert (row["Month"], row["State"], row["Dry run"]) == ("2026-01", "Published", "no")
    assert (row["Takes the place of"], row["Result"]) == (old.public_id, "a" * 64)
    assert row["By"] == company.controller.name
    only = rows(company.controller, "costs:run-list", state="superseded")
    assert [one["Run"] for one in only] == [old.public_id]


def test_sets_of_rules_with_who_wrote_and_who_approved_them(company) -> None:
    RuleSet.objects.filter(pk=company.january.ruleset_id).update(
        note="=HYPERLINK(1)", approved_by=access.person(Role.MANAGER, name="Ada Lee")
    )
    found = {row["Set"]: row for row in rows(company.controller, "costs:ruleset-list")}
    row = found[company.january.ruleset.public_id]
    assert row["What is different"] == "'=HYPERLINK(1)"
    assert (row["Author"], row["Approved by"]) == (company.controller.name, "Ada Lee")
    assert row["In force from"] == "2026-01-01"


def test_rates_of_exchange_to_their_last_digit(company) -> None:
    spend.rate(JANUARY, "EUR", "USD", "1.123456789012345678", company.controller.pk)
    FxRate.objects.update(origin="@bank")
    (row,) = rows(company.controller, "costs:rate-list")
    assert (row["Day"], row["For one"], row["Of"]) == ("2026-01-01", "EUR", "USD")
    assert (row["Rate"], row["Published by"]) == ("1.123456789012345678", "'@bank")


def test_a_reconciliation_in_both_bases_as_it_stands_on_the_page(company) -> None:
    person = company.controller
    charge = spend.charge(company.february, company.two, "3.5", person.pk)
    part = charge.part
    type(part).objects.filter(pk=part.pk).update(accepted_at="2026-03-01T00:00:00Z")
    PartTotal.objects.create(
        part=part, currency="USD", rows=1, billed=35 * UNIT // 10, effective=2 * UNIT
    )
    charged(company.february, company.two, "3", effective="2", issuer=part.period.issuer)
    found = rows(person, "costs:reconciliation", month="2026-02")
    told = {(row["Basis"], row["Issuer"]): row for row in found}
    billed = told["Billed", part.period.issuer]
    assert (billed["On the bill"], billed["Allocated"], billed["Difference"]) == ("3.5", "3", "0.5")
    effective = told["Effective", part.period.issuer]
    assert (effective["On the bill"], effective["Difference"]) == ("2", "0")
    assert told["Billed", "Cloud"]["Difference"] == "5.5"
    assert {row["Month"] for row in found} == {"2026-02"}


def test_what_was_refused_stands_below_a_reconciliation_in_columns_of_its_own() -> None:
    refused = [Refused("BAT-00007", "USD", 2, 9 * UNIT)]
    (row,) = account_rows(Reconciliation(JANUARY, None, refused=refused))
    told = dict(zip(COLUMNS, row, strict=True))
    assert (told["Refused rows of"], told["Lines"], told["Readable amount"]) == (
        "BAT-00007",
        2,
        "9",
    )
    assert told["On the bill"] == told["Difference"] == ""


def test_a_models_money_holds_every_figure_of_its_page(company) -> None:
    version = catalog.version(catalog.model(company.lending))
    serve = spend.of_version(version)
    charged(company.february, serve, "40.123456789012345678")
    charged(company.january, serve, "-7")
    UsageMetric.objects.create(
        version=version,
        day=FEBRUARY,
        unit="predictions",
        origin="gateway",
        quantity=20_000 * UNIT,
        recorded_by=company.controller,
    )
    model, controller = version.model.pk, company.controller
    found = rows(controller, "costs:model-detail", model)
    told = {(row["Figure"], row["Of"], row["Month"]): row for row in found}
    phase = told["Cost by phase", "Serve", "2026-02"]
    assert (phase["Value"], phase["Currency"], phase["Basis"]) == (
        "40.123456789012345678",
        "USD",
        "effective",
    )
    assert told["Cost by phase", "Serve", "2026-01"]["Value"] == "'-7"
    assert told["Predictions", "", "2026-02"]["Value"] == "20000"
    assert told["Cost of 1,000 predictions", "", "2026-02"]["Value"] == "2.006172839450617283"
    silent = told["Cost of 1,000 predictions", "", "2026-01"]
    assert (silent["Value"], silent["Why there is none"]) == ("", "no predictions are recorded")
    assert told["Cost in full, serving", "Version 1", ""]["Value"] == "33.123456789012345678"
    assert told["Return", "point", ""]["Why there is none"] == "no benefit is attested"
    one = rows(controller, "costs:model-detail", model, start="2026-02", end="2026-02")
    assert {row["Month"] for row in one if row["Figure"] == "Cost by phase"} == {"2026-02"}


def test_a_file_shows_nobody_what_the_page_would_not(company) -> None:
    lender = access.signed_in(Client(), access.person(Role.MANAGER, team=company.lending))
    for name in ("costs:run-list", "costs:ruleset-list"):
        answer = lender.get(reverse(name), {"format": "csv"})
        assert len(b"".join(answer).decode().splitlines()) == 1
    assert lender.get(reverse("costs:reconciliation"), {"format": "csv"}).status_code == 404
    theirs = catalog.model(company.cards)
    own = reverse("costs:model-detail", args=[theirs.pk])
    assert lender.get(own, {"format": "csv"}).status_code == 404
