"""The summary over REST: exact strings, one currency or each in its own, errors that say why."""

import pytest

from governance.access.kinds import Role
from tests.factories import access, spend
from tests.factories.spend import Company, charged

pytestmark = pytest.mark.django_db
URL = "/api/v1/costs/summary/"


@pytest.fixture
def company() -> Company:
    return Company()


def ask(user, **query: str):
    return access.api_client(user, ["read"]).get(URL, query)


def test_amounts_are_exact_strings_with_currency_and_basis(company) -> None:
    body = ask(company.controller, period="2026-01", basis="billed", group_by="unit").json()
    assert body["total"] == "300.120000000000000001"
    assert (body["currency"], body["basis"], body["partial"]) == ("USD", "billed", False)
    first = body["items"][0]
    assert first["group"]["unit"] == {"id": str(company.cards.pk), "name": "Cards"}
    assert first["months"] == {"2026-01": "200.02"}
    assert body["items"][-1]["group"]["unit"]["id"] is None


def test_two_dimensions_and_several_months(company) -> None:
    query = {"period": "2026-01", "until": "2026-03", "group_by": "unit,category"}
    body = ask(company.controller, **query).json()
    assert body["months"] == ["2026-01", "2026-02", "2026-03"]
    assert body["unpublished"] == ["2026-03"]
    assert {item["group"]["category"]["name"] for item in body["items"]} == {"Usage", "Credit"}


def test_without_a_currency_each_stays_in_its_own_and_there_is_no_total(company) -> None:
    charged(company.january, company.one, "10", currency="EUR")
    body = ask(company.controller, period="2026-01").json()
    assert (body["currency"], body["total"]) == (None, None)
    assert {item["currency"] for item in body["items"]} == {"EUR", "USD"}


def test_what_has_no_rate_is_listed_and_the_total_is_partial(company) -> None:
    charged(company.january, company.one, "10", currency="EUR")
    body = ask(company.controller, period="2026-01", currency="USD", basis="billed").json()
    assert body["partial"] is True
    assert body["not_converted"] == [{"currency": "EUR", "amount": "10", "lines": 1}]
    assert body["total"] == "300.120000000000000001"
    spend.rate(company.january.month, "EUR", "USD", "2", company.controller.pk)
    body = ask(company.controller, period="2026-01", currency="USD", basis="billed").json()
    assert body["total"] == "320.120000000000000001"


def test_months_are_held_against_others_and_converted_at_the_months_last_rate(company) -> None:
    charged(company.february, company.one, "10", currency="EUR")
    for day, value in ((1, "2"), (28, "3")):
        dated = company.february.month.replace(day=day)
        spend.rate(dated, "EUR", "USD", value, company.controller.pk)
    query = {"period": "2026-02", "currency": "USD", "basis": "billed", "compare": "before"}
    body = ask(company.controller, **query).json()
    assert (body["total"], body["before"]) == ("14.5", "300.120000000000000001")
    assert (body["compared"], body["converted"], body["rates"]) == (["2026-01"], ["EUR"], "day")
    assert body["items"][0]["before"] == "300.120000000000000001"
    body = ask(company.controller, **query, rates="month_end").json()
    assert (body["total"], body["rates"]) == ("24.5", "month_end")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "period"),
        ({"period": "January"}, "period"),
        ({"period": "2026-02", "until": "2026-01"}, "until"),
        ({"period": "2020-01", "until": "2026-01"}, "until"),
        ({"period": "2026-01", "group_by": "person"}, "group_by"),
        ({"period": "2026-01", "group_by": "unit,model,phase"}, "group_by"),
        ({"period": "2026-01", "currency": "XXX"}, "currency"),
        ({"period": "2026-01", "unit": "lending"}, "unit"),
        ({"period": "2026-01", "as_of": "yesterday"}, "as_of"),
        ({"period": "2026-01", "team": "lending"}, "team"),
        ({"period": "2026-01", "compare": "yesterday"}, "compare"),
        ({"period": "2026-01", "rates": "month"}, "rates"),
    ],
)
def test_a_query_that_cannot_be_read_names_the_field(company, query, field: str) -> None:
    answer = ask(company.controller, **query)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_a_token_of_one_team_sees_its_team_and_nobody_else(company) -> None:
    manager = access.person(Role.MANAGER, team=company.lending)
    body = ask(manager, period="2026-01", basis="billed", group_by="unit").json()
    assert [item["group"]["unit"]["name"] for item in body["items"]] == ["Lending"]
    assert body["total"] == "100.1"
    others = ask(manager, period="2026-01", unit=str(company.cards.pk)).json()
    assert others["items"] == []
    assert ask(access.person(Role.VALIDATOR), period="2026-01").status_code == 403
