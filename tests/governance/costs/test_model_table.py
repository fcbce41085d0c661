"""The table of every model's money: spent, planned, expected, returned, each with its way down."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.access.kinds import Role
from governance.access.models import User
from governance.costs.models import BenefitClaim, Budget, ForecastRun, Target
from governance.kernel.money import UNIT
from inventory.catalog.models import ModelVersion
from tests.factories import access, catalog, spend
from tests.factories.spend import FEBRUARY, JANUARY, Company, charged

pytestmark = pytest.mark.django_db
URL = "/costs/models/"
API = "/api/v1/costs/models/"
MARCH = dt.date(2026, 3, 1)


class World:
    """A model of team Lending with a version that cost money, and one of team Cards."""

    def __init__(self) -> None:
        self.company = Company()
        self.controller: User = self.company.controller
        self.version: ModelVersion = catalog.version(catalog.model(self.company.lending))
        self.theirs: ModelVersion = catalog.version(catalog.model(self.company.cards))
        self.model = self.version.model
        charged(self.company.february, spend.of_version(self.version), "40.125")
        charged(self.company.february, spend.of_version(self.theirs), "7")

    def own(self) -> Target:
        name = self.model.public_id
        team, use_case = self.model.team, self.model.use_case
        return spend.target(name, "model", team, model=self.model, use_case=use_case)

    def budget(self, target: Target, amount: int, **changes: Any) -> Budget:
        fields = {"start": JANUARY, "end": MARCH, "currency": "USD", "basis": "effective"}
        return Budget.objects.create(
            target=target,
            amount=amount * UNIT,
            state="approved",
            created_by=self.controller,
            **(fields | changes),
        )

    def forecast(self, target: Target, point: int, **changes: Any) -> ForecastRun:
        fields = {"currency": "USD", "cutoff": FEBRUARY, "horizon": 30, "method": "28-day mean"}
        return ForecastRun.objects.create(
            target=target, point=point * UNIT, data_digest="0" * 64, **(fields | changes)
        )

    def claim(self, number: int, **changes: Any) -> BenefitClaim:
        fields = {"start": FEBRUARY, "end": MARCH, "currency": "USD", "grade": "c"}
        fields |= {"state": "attested"}
        amounts = {"low": 50 * UNIT, "point": 90 * UNIT, "high": 150 * UNIT}
        return BenefitClaim.objects.create(
            number=number,
            benefit="Less fraud",
            method="Declared",
            created_by=self.controller,
            **({"model": self.model, "team": self.model.team} | fields | amounts | changes),
        )


@pytest.fixture
def world() -> World:
    return World()


def page(user: User, **query: str) -> str:
    answer = access.signed_in(Client(), user).get(URL, query)
    assert answer.status_code == 200
    content = b"".join(answer) if answer.streaming else answer.content
    return content.decode()


def row_of(shown: str, name: str) -> str:
    """The row of the table whose heading leads with ``name``."""
    return next(row for row in shown.split("<tr") if f">{name}</a>" in row).partition("</tr>")[0]


def listed(user: User, **query: str) -> list[dict[str, Any]]:
    answer = access.api_client(user).get(API, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def reading(user: User, model: Any, **query: str) -> dict[str, Any]:
    (found,) = [one for one in listed(user, **query) if one["model"] == str(model.pk)]
    (only,) = found["readings"]
    return only


@pytest.mark.embedded
def test_every_figure_of_a_model_and_its_version_leads_down(world) -> None:
    budget = world.budget(world.own(), 59, start=FEBRUARY)
    forecast = world.forecast(world.own(), 800, low=700 * UNIT, high=950 * UNIT, wape=0.25)
    world.claim(1)
    shown = page(world.controller)
    whole, version = row_of(shown, world.model.name), row_of(shown, "Version 1")
    months = "start=2026-02&amp;end=2026-02"
    cut = f"{months}&amp;basis=effective&amp;currency=USD"
    assert (
        f"{reverse('costs:explorer')}?{cut}&amp;model={world.model.pk}&amp;group=version" in whole
    )
    assert f"{cut}&amp;version={world.version.pk}&amp;group=phase" in version
    assert reverse("costs:budget-detail", args=[budget.pk]) in whole
    assert reverse("costs:forecast-detail", args=[forecast.pk]) in whole
    assert f"{reverse('costs:claim-list')}?model={world.model.pk}" in whole
    assert f"{reverse('costs:model-detail', args=[world.model.pk])}?{months}" in whole
    for text in ("40.12 USD", "59.00 USD", "pro rata, 68.0 % spent", "800.00 USD"):
        assert text in whole
    for text in ("[700.00, 950.00]", "30 days from 1 Feb 2026, off by 25.0 %", "90.00 USD"):
        assert text in whole
    assert "[50.00, 150.00]" in whole
    assert "grade C" in whole
    assert "124 % [25, 274]" in whole
    assert "40.12 USD in full" in version


@pytest.mark.embedded
def test_what_no_version_bears_stands_below_and_all_adds_up_in_print(world) -> None:
    second = ModelVersion.objects.get(pk=catalog.version(world.model).pk)
    charged(world.company.february, spend.of_version(second), "0.005")
    charged(world.company.february, world.own(), "0.005")
    shown = page(world.controller)
    assert "40.14 USD" in row_of(shown, world.model.name)  # 40.135
    below = shown.partition(f">{world.model.name}</a>")[2].partition("</tbody>")[0]
    assert "The model as a whole" in below
    printed = [part.partition("<")[0] for part in below.replace("<b>", "").split('">')]
    amounts = [text.removesuffix(" USD") for text in printed if text.endswith(" USD")]
    assert amounts[0] == "40.14"
    assert {"40.13", "0.01", "0.00"} <= set(amounts)


def test_a_plan_is_the_part_of_its_days_and_a_budget_of_bills_stands_apart(world) -> None:
    world.budget(world.own(), 59)  # of 59 days, 28 in February
    world.budget(world.own(), 118, basis="billed")
    plans = reading(world.controller, world.model)["planned"]
    assert [(one["basis"], one["amount"]) for one in plans] == [
        ("effective", "28"),
        ("billed", "56"),
    ]
    both = reading(world.controller, world.model, period="2026-01", until="2026-02")["planned"]
    assert both[0]["amount"] == "59"
    whole = row_of(page(world.controller, start="2026-01", end="2026-02"), world.model.name)
    assert "177.00" not in whole  # the sum of both
    assert "pro rata, billed" in whole


def test_budgets_below_stand_for_a_plan_that_is_not_set_and_are_never_added_to_one(world) -> None:
    serve = spend.of_version(world.version)
    part = world.budget(serve, 30, start=FEBRUARY)
    found = reading(world.controller, world.model)
    assert found["planned"] == found["versions"][0]["planned"]
    assert found["planned"][0] | {"amount": ""} == {
        "basis": "effective",
        "amount": "",
        "budgets": [str(part.pk)],
        "of_parts": True,
    }
    assert found["planned"][0]["amount"] == "30"
    world.budget(world.own(), 50, start=FEBRUARY)
    found = reading(world.controller, world.model)
    assert [one["amount"] for one in found["planned"]] == ["50"]
    assert found["planned"][0]["of_parts"] is False


def test_a_budget_that_waits_or_lies_elsewhere_is_no_plan(world) -> None:
    world.budget(world.own(), 10, end=FEBRUARY)
    Budget.objects.filter(pk=world.budget(world.own(), 20).pk).update(state="submitted")
    assert reading(world.controller, world.model)["planned"] == []
    assert "no budget" in row_of(page(world.controller), world.model.name)


def test_the_latest_forecast_of_the_effective_basis_speaks(world) -> None:
    world.forecast(world.own(), 1)
    world.forecast(world.own(), 2, cutoff=MARCH, low_confidence=True)
    world.forecast(world.own(), 3, cutoff=MARCH, basis="billed")
    expected = reading(world.controller, world.model)["expected"]
    assert (expected["point"], expected["cutoff"], expected["low"]) == ("2", "2026-03-01", None)
    assert "30 days from 1 Mar 2026, low confidence" in page(world.controller)


def test_grades_stand_beside_each_other_and_what_is_not_attested_apart(world) -> None:
    world.claim(1)
    world.claim(2, grade="a", point=60 * UNIT)
    world.claim(3, state="unattested", point=77 * UNIT, low=77 * UNIT, high=77 * UNIT)
    found = reading(world.controller, world.model)
    assert {grade: one["point"] for grade, one in found["benefit"].items()} == {
        "a": "60",
        "c": "90",
    }
    assert found["unattested"]["point"] == "77"
    whole = row_of(page(world.controller), world.model.name)
    assert "150.00 USD" not in whole  # the sum of both
    assert "not attested, in no total" in whole
    assert "state=unattested" in whole


def test_a_benefit_of_the_whole_use_case_is_shown_beside_its_models_and_in_no_return(world) -> None:
    use_case = world.model.use_case
    catalog.model(world.model.team, use_case=use_case)
    world.claim(1, model=None, use_case=use_case, team=use_case.team)
    found = reading(world.controller, world.model)
    assert (found["benefit"], found["roi"]["point"]) == ({}, None)
    assert found["use_case"]["benefit"]["c"]["point"] == "90"
    assert "for its whole use case, in no return" in row_of(
        page(world.controller), world.model.name
    )
    shown = access.signed_in(Client(), world.controller).get(
        reverse("costs:model-detail", args=[world.model.pk]), {"format": "csv"}
    )
    assert '"Benefit, whole use case, C: declared",point,,USD,,90,' in b"".join(shown).decode()


@pytest.mark.embedded
def test_currencies_are_never_added(world) -> None:
    charged(world.company.february, spend.of_version(world.version), "9", currency="EUR")
    (found,) = [one for one in listed(world.controller) if one["model"] == str(world.model.pk)]
    told = {one["currency"]: (one["spent"], one["loaded"]) for one in found["readings"]}
    assert told == {"EUR": ("9", "9"), "USD": ("40.125", "40.125")}
    only = reading(world.controller, world.model, currency="EUR")
    assert only["spent"] == "9"
    shown = page(world.controller, currency="eur")
    assert "9.00 EUR" in shown
    assert world.theirs.model.name not in shown.partition("<tbody>")[2]
    assert "40.12" not in shown


def test_a_team_sees_its_own_models_with_their_plans_alone(world) -> None:
    world.budget(spend.of_version(world.theirs), 555, start=FEBRUARY)
    lender = access.person(Role.MANAGER, team=world.company.lending)
    shown = page(lender)
    assert world.model.name in shown
    for hidden in (world.theirs.model.name, "555.00", "Unallocated in these months"):
        assert hidden not in shown
    assert [one["model"] for one in listed(lender)] == [str(world.model.pk)]
    client = access.signed_in(Client(), access.person(Role.VALIDATOR, team=world.company.lending))
    assert client.get(URL).status_code == 403
    assert access.api_client(access.person(Role.VALIDATOR)).get(API).status_code == 403


def test_it_is_narrowed_by_team_use_case_and_months_and_says_so_when_nothing_fits(world) -> None:
    for query in (
        {"team": world.company.cards.slug},
        {"project": str(world.theirs.model.use_case_id)},
    ):
        table = page(world.controller, **query).partition("<thead>")[2]
        assert world.theirs.model.name in table
        assert world.model.name not in table
        assert [one["name"] for one in listed(world.controller, **query)] == [
            world.theirs.model.name
        ]
    january = row_of(page(world.controller, start="2026-01", end="2026-01"), world.model.name)
    assert "nothing" in january
    assert "No model is like this" in page(world.controller, currency="JPY")


def test_before_anything_is_published_it_says_what_to_do_first() -> None:
    manager = access.person(Role.MANAGER)
    version = catalog.version()
    assert "No costs are published yet" in page(manager)
    (found,) = listed(manager)
    assert (found["readings"], found["silent"]) == ([], [str(version.pk)])


def test_a_version_without_any_figure_is_named(world) -> None:
    silent = catalog.version(world.model)
    assert reverse("catalog:version-detail", args=[silent.pk]) in page(world.controller)
    assert "Without any figure" in page(world.controller)


def test_the_largest_comes_first_and_pages_follow_each_other(world, monkeypatch) -> None:
    monkeypatch.setattr("governance.costs.views.models.SIZE", 1)
    first = page(world.controller)
    assert world.model.name in first.partition("<tbody>")[2]
    assert world.theirs.model.name not in first.partition("<tbody>")[2]
    following = first.partition("cursor=")[2].partition('"')[0]
    second = page(world.controller, cursor=following).partition("<tbody>")[2]
    assert world.theirs.model.name in second
    assert world.model.name not in second
    by_name = page(world.controller, sort="name").partition("<tbody>")[2]
    assert min(world.model.name, world.theirs.model.name) in by_name
    seen, query = [], {"limit": "1"}
    while query.get("cursor") != "end":
        body = access.api_client(world.controller).get(API, query).json()
        seen += [one["name"] for one in body["items"]]
        query["cursor"] = body["next"] or "end"
    assert sorted(seen) == sorted([world.model.name, world.theirs.model.name])


def test_the_file_holds_exact_amounts_and_nothing_that_a_spreadsheet_would_run(world) -> None:
    type(world.model).objects.filter(pk=world.model.pk).update(name="=cmd()")
    world.budget(world.own(), 59)
    world.claim(1)
    rows = list(csv.DictReader(io.StringIO(page(world.controller, format="csv").lstrip("\ufeff"))))
    whole, version = (one for one in rows if one["Model"] == world.model.public_id)
    assert whole["Name"] == "'=cmd()"
    assert (whole["Version"], version["Version"]) == ("", "1")
    assert whole["Spent, effective"] == version["Spent, effective"] == "40.125"
    assert (whole["Planned, effective"], whole["Benefit C, high"]) == ("28", "150")
    assert (whole["From"], whole["Currency"], whole["Return, low"]) == ("2026-02", "USD", "0.2461")


def test_months_without_a_run_and_issuers_without_effective_cost_are_named(world) -> None:
    spend.unfilled("Bare", world.controller)
    charged(
        world.company.february, spend.of_version(world.version), "10", effective="0", issuer="Bare"
    )
    world.company.january.state = "superseded"
    world.company.january.save()
    december = spend.run(dt.date(2025, 12, 1), world.controller.pk)
    assert december
    shown = page(world.controller, start="2025-12", end="2026-02")
    assert "Nothing is published for January 2026" in shown
    assert "Bare leaves EffectiveCost empty" in shown
    found = reading(world.controller, world.model)
    assert (found["spent"], found["loaded"]) == ("50.125", "50.125")


def test_more_models_versions_plans_and_claims_take_no_more_queries(world) -> None:
    def count(ask: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            ask()
        return len(seen)

    client = access.signed_in(Client(), world.controller)
    api = access.api_client(world.controller)
    asks = (
        lambda: client.get(URL),
        lambda: api.get(API),
        lambda: page(world.controller, format="csv"),
    )
    world.budget(world.own(), 10)
    world.forecast(world.own(), 10)
    world.claim(1)
    for ask in asks:
        ask()
    few = [count(ask) for ask in asks]
    for number in range(2, 30):
        version = catalog.version(catalog.model(world.company.lending))
        target = spend.of_version(version)
        charged(world.company.february, target, "5")
        world.budget(target, 10)
        world.forecast(target, 10)
        world.claim(number)
    assert [count(ask) for ask in asks] == few
    assert few[0] <= 30
    assert few[1] <= 18


def test_the_menu_and_the_cockpit_lead_to_it_and_it_leads_to_a_model_of_the_same_months(
    world,
) -> None:
    client = access.signed_in(Client(), world.controller)
    for name in ("costs:explorer", "costs:overview"):
        assert f'href="{URL}"' in client.get(reverse(name)).content.decode()
    own = reverse("costs:model-detail", args=[world.model.pk])
    one = client.get(own, {"start": "2026-02", "end": "2026-02"}).content.decode()
    assert "Jan 2026" not in one
    assert "to February 2026" not in one
    assert "Jan 2026" in client.get(own).content.decode()


@pytest.mark.parametrize(
    "query", ["period=9999-12", "period=2026-02&until=2026-01", "until=2026-01"]
)
def test_months_that_cannot_be_asked_for_are_refused(world, query) -> None:
    assert access.api_client(world.controller).get(f"{API}?{query}").status_code == 400
    budgets = access.api_client(world.controller).get("/api/v1/costs/budgets/?period=9999-12")
    assert budgets.status_code == 400
