"""Pages of budgets, forecasts and anomalies: what they show, to whom, and what they take."""

from uuid import UUID

import pytest
from django.urls import reverse

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs import watching
from governance.costs.kinds import AnomalyState, BudgetState
from governance.costs.models import Budget, CostAnomaly, ForecastRun, Target
from governance.kernel.actor import system_actor
from governance.kernel.money import UNIT
from tests.factories import access, catalog
from tests.factories.plans import charge_days, plan, steady

pytestmark = pytest.mark.django_db

DAYS = 110


@pytest.fixture
def world():
    """A model whose cost jumps on one day, looked at: forecasts, one anomaly, a budget."""
    version = catalog.version()
    costs.ensure_targets(actor=system_actor())
    team = version.model.team
    manager = access.person(Role.MANAGER, team=team)
    amounts = steady(DAYS)
    amounts[100] += 300
    key = f"{version.model.public_id}/v1/serve"
    target = Target.objects.get(key=key)
    charge_days(target, amounts, manager.pk)
    row = costs.set_budget(
        actor=access.actor(manager), target_id=target.pk, plan=plan(amount=2500 * UNIT)
    )
    second = access.person(Role.FINANCE_ATTESTER, team=team)
    costs.approve_budget(actor=access.actor(second), proof=access.proof(second), budget_id=row.pk)
    watching.watch()
    return {"team": team, "manager": manager, "second": second, "target": target, "budget": row}


@pytest.fixture
def manager(client, world):
    return access.signed_in(client, world["manager"])


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.mark.embedded
def test_the_list_of_budgets_says_how_far_each_is_burned(manager, world):
    found = text(manager.get(reverse("costs:budget-list")))
    assert world["target"].name in found
    assert "2,500.00 USD" in found
    csv = b"".join(manager.get(reverse("costs:budget-list"), {"format": "csv"}).streaming_content)
    assert world["target"].key in csv.decode()


def test_a_budget_shows_its_burn_thresholds_and_versions(manager, world):
    found = text(manager.get(reverse("costs:budget-detail", args=[world["budget"].pk])))
    for words in ("Expected by the last day", "50 % by actual", "100 % by forecast", "Equal days"):
        assert words in found


def test_a_budget_is_set_on_its_page_and_decided_by_somebody_else(client, manager, world):
    url = reverse("costs:budget-create")
    sent = {
        "target": f"team/{world['team'].slug}",
        "start": "2026-01-01",
        "last": "2026-12-31",
        "amount": "40000.50",
        "currency": "USD",
        "basis": "effective",
        "thresholds": "50, 90",
        "forecast_threshold": "100",
        "note": "",
    }
    refused = manager.post(url, sent | {"thresholds": "many"})
    assert refused.status_code == 422
    assert b"40000.50" in refused.content
    made = manager.post(url, sent)
    row = Budget.objects.get(state=BudgetState.SUBMITTED)
    assert made.url == reverse("costs:budget-detail", args=[row.pk])
    assert (row.amount, row.thresholds, str(row.last)) == (
        40_000 * UNIT + UNIT // 2,
        [50, 90],
        "2026-12-31",
    )
    assert b'id="decide"' not in manager.get(made.url).content
    other = access.signed_in(client, world["second"])
    assert b'id="decide"' in other.get(made.url).content
    decide = reverse("costs:budget-decide", args=[row.pk])
    assert (
        other.post(
            decide, {"verdict": "reject", "answer": "", "password": access.PASSWORD}
        ).status_code
        == 422
    )
    approve = {"verdict": "approve", "answer": ""}
    wrong = other.post(decide, approve | {"password": "wrong"})
    assert "not your password" in wrong.content.decode()
    assert other.post(decide, approve | {"password": access.PASSWORD}).status_code == 302
    row.refresh_from_db()
    assert row.state == BudgetState.APPROVED


def test_a_change_made_on_an_old_page_overwrites_nothing(manager, world):
    url = reverse("costs:budget-edit", args=[world["budget"].pk])
    sent = {
        "start": "2026-01-01",
        "last": "2026-01-31",
        "amount": "1",
        "currency": "USD",
        "basis": "effective",
        "thresholds": "50",
        "forecast_threshold": "100",
        "note": "Less",
        "revision": "1",
    }
    assert b"has changed since" in manager.post(url, sent).content
    assert manager.post(url, sent | {"revision": "2"}).status_code == 302


def test_money_is_moved_on_a_page(manager, world):
    url = reverse("costs:budget-transfer", args=[world["budget"].pk])
    assert "Nowhere to move it" in text(manager.get(url))
    team_target = Target.objects.get(key=f"team/{world['team'].slug}")
    actor = access.actor(world["manager"])
    row = costs.set_budget(actor=actor, target_id=team_target.pk, plan=plan())
    costs.approve_budget(
        actor=access.actor(world["second"]), proof=access.proof(world["second"]), budget_id=row.pk
    )
    manager.post(url, {"taker": str(row.pk), "amount": "10", "note": "A move"})
    assert Budget.objects.exclude(transfer=None).count() == 2


def test_a_forecast_shows_band_backtest_and_calibration(manager, world):
    row = ForecastRun.objects.get(target=world["target"])
    found = text(manager.get(reverse("costs:forecast-detail", args=[row.pk])))
    for words in ("At least, 80 %", "Backtest", "Chosen", "No forecast of team", "Digest"):
        assert words in found
    assert world["target"].name in text(manager.get(reverse("costs:forecast-list")))


def test_a_forecast_with_known_events_is_made_on_a_page(manager, world):
    url = reverse("costs:forecast-create")
    sent = {
        "target": world["target"].key,
        "currency": "USD",
        "basis": "effective",
        "event-0-label": "Second endpoint",
        "event-0-start": "2026-01-20",
        "event-0-last": "2026-03-01",
        "event-0-daily": "25",
    }
    assert manager.post(url, sent | {"event-0-daily": ""}).status_code == 422
    made = manager.post(url, sent)
    assert made.status_code == 302
    found = text(manager.get(made.url))
    assert "Second endpoint" in found
    assert "With known events" in found


def test_anomalies_are_listed_filtered_and_answered(manager, world):
    row = CostAnomaly.objects.get()
    url = reverse("costs:anomaly-list")
    assert world["target"].name in text(manager.get(url))
    assert "No day is like this" in text(manager.get(url, {"state": "explained"}))
    assert "No day is like this" in text(manager.get(url, {"day_to": "2025-12-01"}))
    detail = reverse("costs:anomaly-detail", args=[row.pk])
    assert "was usual for that weekday" in text(manager.get(detail))
    answer = reverse("costs:anomaly-answer", args=[row.pk])
    refused = manager.post(answer, {"state": "explained", "explanation": "Retrained", "link": ""})
    assert refused.status_code == 422
    assert b"Explained means linked" in refused.content
    manager.post(answer, {"state": "explained", "explanation": "Retrained", "link": "/runs/1/"})
    row.refresh_from_db()
    assert row.state == AnomalyState.EXPLAINED
    assert 'href="/runs/1/"' in text(manager.get(detail))


@pytest.mark.parametrize("page", ["budget", "forecast", "anomaly"])
def test_another_team_sees_none_of_it(client, world, page):
    stranger = access.signed_in(client, access.person(Role.MANAGER, team=access.team()))
    rows = {"budget": Budget, "forecast": ForecastRun, "anomaly": CostAnomaly}
    assert world["target"].name not in text(stranger.get(reverse(f"costs:{page}-list")))
    pk = rows[page].objects.filter(target=world["target"]).first().pk
    assert stranger.get(reverse(f"costs:{page}-detail", args=[pk])).status_code == 404


def test_the_api_sets_changes_and_reads_budgets_but_a_token_decides_nothing(world):
    client = access.api_client(world["manager"])
    body = {
        "target": str(Target.objects.get(key=f"team/{world['team'].slug}").pk),
        "start": "2026-02-01",
        "end": "2026-03-01",
        "currency": "USD",
        "amount": "1000.5",
    }
    made = client.post("/api/v1/costs/budgets/", body, format="json")
    assert made.status_code == 201, made.data
    assert (made.data["amount"], made.data["thresholds"]) == ("1000.5", [50, 80, 100])
    assert made.data["burn"]["spent"] == "0"
    url = f"/api/v1/costs/budgets/{made.data['id']}/"
    assert client.get(url)["ETag"]
    changed = client.post(f"{url}change/", body | {"note": "Less", "amount": "7"}, format="json")
    assert (changed.status_code, changed.data["number"]) == (201, 2)
    other = access.api_client(world["second"])
    assert other.post(f"{url}approve/", {}, format="json").status_code == 403
    listed = client.get("/api/v1/costs/budgets/?state=submitted").json()["items"]
    assert [row["number"] for row in listed] == [2]
    as_number = client.post("/api/v1/costs/budgets/", body | {"amount": 12.5}, format="json")
    assert as_number.status_code == 400


@pytest.mark.parametrize("path", ["budgets", "anomalies", "forecasts"])
def test_lists_are_narrowed_by_what_the_target_belongs_to_and_by_month(world, path):
    client = access.api_client(world["manager"])
    target = world["target"]
    held = ForecastRun.objects.get(target=target).cutoff
    months = {"budgets": "2026-01", "anomalies": "2026-01", "forecasts": f"{held:%Y-%m}"}

    def listed(**query: str) -> set[str]:
        items = client.get(f"/api/v1/costs/{path}/", query).json()["items"]
        return {row["target_key"] for row in items}

    nothing = str(UUID(int=1))
    for name, mine, other in (
        ("team", world["team"].slug, "nobody"),
        ("project", str(target.use_case_id), nothing),
        ("model", str(target.model_id), nothing),
        ("phase", "serve", "train"),
        ("period", months[path], "2024-05"),
    ):
        assert target.key in listed(**{name: mine}), name
        assert target.key not in listed(**{name: other}), name


def test_the_api_reads_and_makes_forecasts(world):
    client = access.api_client(world["manager"])
    event = {"label": "Launch", "start": "2026-01-20", "end": "2026-02-01", "daily": "5"}
    body = {"target": str(world["target"].pk), "currency": "USD", "events": [event]}
    made = client.post("/api/v1/costs/forecasts/", body, format="json")
    assert made.status_code == 201, made.data
    assert made.data["events"][0]["amount"] == "60"
    assert len(made.data["points"]) == 30
    assert "scored" in made.data["calibration"]
    again = client.post("/api/v1/costs/forecasts/", body, format="json")
    assert again.data["id"] == made.data["id"]
    empty = client.post("/api/v1/costs/forecasts/", body | {"currency": "EUR"}, format="json")
    assert empty.status_code == 422
    assert len(client.get("/api/v1/costs/forecasts/?scored=no&limit=2").json()["items"]) == 2


def test_the_api_answers_anomalies(world):
    client = access.api_client(world["manager"])
    row = client.get("/api/v1/costs/anomalies/?state=open").json()["items"][0]
    url = f"/api/v1/costs/anomalies/{row['id']}/"
    assert client.post(f"{url}answer/", {"state": "explained"}, format="json").status_code == 422
    answer = {"state": "false_alarm", "explanation": "A planned load test."}
    assert client.post(f"{url}answer/", answer, format="json").status_code == 200
    assert client.get(url).json()["state"] == "false_alarm"
    assert client.post(f"{url}answer/", answer, format="json").status_code == 409
