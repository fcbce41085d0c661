"""Billing periods through their pages and the API."""

import html

import pytest
from django.urls import reverse

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import PeriodState
from tests.factories import access
from tests.governance.costs.test_periods import month_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return access.person(Role.MANAGER), access.person(Role.FINANCE_ATTESTER)


@pytest.fixture
def period(people):
    return month_of(access.actor(people[0]))


def page(client, name, *args):
    answer = client.get(reverse(f"costs:{name}", args=args))
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_period_is_held_against_its_invoice_closed_and_opened_again(client, people, period):
    one, two = people
    access.signed_in(client, one)
    assert "100.00 USD" in page(client, "period-list")
    text = page(client, "period-detail", period.pk)
    assert "100.000000000000000001" in text
    assert "No invoice total is known" in text

    def send(name, **body):
        return client.post(reverse(f"costs:{name}", args=[period.pk]), body)

    assert send("period-close", reason="").status_code == 422
    assert send("period-invoice", total="a hundred", currency="USD").status_code == 422
    assert send("period-invoice", total="101", currency="USD").status_code == 302
    assert "0.999999999999999999 more than the bill" in page(client, "period-detail", period.pk)
    assert send("period-close", reason="Rounding of the issuer.").status_code == 302
    assert "Snapshot" in page(client, "period-detail", period.pk)
    assert send("period-reopen", reason="Late credit", evidence="").status_code == 422
    assert send("period-reopen", reason="Late credit", evidence="Mail of 3 May").status_code == 302
    assert "Take it back" in page(client, "period-detail", period.pk)
    assert send("period-grant", password=access.PASSWORD).status_code == 403

    access.signed_in(client, two)
    assert "Mail of 3 May" in page(client, "period-detail", period.pk)
    assert send("period-grant", password="wrong").status_code == 422
    assert send("period-grant", password=access.PASSWORD).status_code == 302
    period.refresh_from_db()
    assert period.state == PeriodState.OPEN
    assert "Opened again" in page(client, "period-detail", period.pk)


def test_reopening_is_refused_on_the_page_and_the_list_exports(client, people, period):
    one, two = people
    actor = access.actor(one)
    costs.close_period(actor=actor, period_id=period.pk, reason="No invoice.")
    costs.ask_reopening(actor=actor, period_id=period.pk, reason="x", evidence="y")
    access.signed_in(client, two)
    refuse = reverse("costs:period-refuse", args=[period.pk])
    assert client.post(refuse, {"why": ""}).status_code == 422
    assert client.post(refuse, {"why": "The issuer did not."}).status_code == 302
    export = client.get(reverse("costs:period-list"), {"format": "csv", "issuer": "Cloud"})
    assert b"Cloud,2026-01-01,2026-02-01,Closed,100.000000000000000001,USD" in b"".join(export)


def test_reader_sees_the_period_and_no_form(client, period):
    access.signed_in(client, access.person(Role.AUDITOR))
    text = page(client, "period-detail", period.pk)
    assert "Close for good" not in text
    one_team = access.person(Role.MANAGER, team=access.team())
    access.signed_in(client, one_team)
    assert client.get(reverse("costs:period-detail", args=[period.pk])).status_code == 404


def test_api_closes_by_token_and_opens_by_no_token(client, people, period):
    one, two = people
    api, url = access.api_client(one), f"/api/v1/costs/periods/{period.pk}/"
    read = api.get(url).json()
    assert read["faults"] == []
    assert read["invoices"] == [
        {
            "currency": "USD",
            "invoice": None,
            "billed": "100.000000000000000001",
            "stated": None,
            "gap": None,
        }
    ]
    assert read["sums"][0]["charged_billed"] == "100.000000000000000001"
    refused = api.post(f"{url}close/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, "reason-needed")
    api.post(f"{url}invoice/", {"total": "100", "currency": "USD"}, format="json")
    closed = api.post(f"{url}close/", {"reason": "One unit."}, format="json")
    assert (closed.status_code, closed.json()["state"]) == (201, "closed")
    listed = api.get("/api/v1/costs/periods/", {"state": "closed", "day": "2026-01-31"}).json()
    assert [row["invoiced"] for row in listed["items"]] == [[{"currency": "USD", "total": "100"}]]
    body = {"reason": "x", "evidence": "y"}
    assert api.post(f"{url}reopen/", body, format="json").status_code == 403
    json = {"content_type": "application/json"}
    access.signed_in(client, one)
    assert client.post(f"{url}reopen/", body, **json).status_code == 201
    access.signed_in(client, two)
    granted = client.post(f"{url}grant/", {"password": access.PASSWORD}, **json)
    assert (granted.status_code, granted.json()["state"]) == (201, "open")
    costs.close_period(actor=access.actor(one), period_id=period.pk, reason="Again.")
    access.signed_in(client, one)
    client.post(f"{url}reopen/", body, **json)
    stays = client.post(f"{url}refuse/", {"reason": "No."}, **json)
    assert (stays.status_code, stays.json()["reopen_asked_by"]) == (201, None)
