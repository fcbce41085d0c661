"""Runs over REST, on pages and from the shell: the same run through each door."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import models
from governance.kernel import money
from tests.factories import access
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(manager: User, rules: models.RuleSet, bill: models.ImportBatch) -> models.AllocationRun:
    return bills.allocated(manager)


@pytest.fixture
def web(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def read(client: Client, path: str, **query: str) -> dict:
    answer = client.get(f"/api/v1/costs/{path}", query)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_the_api_gives_charges_as_text_and_the_invariants_with_their_sums(
    web: Client, run: models.AllocationRun
) -> None:
    assert read(web, "runs/", month="2026-01-01")["items"][0]["public_id"] == run.public_id
    assert read(web, f"runs/{run.pk}/")["summary"]["lines"] == 4
    found = read(web, f"runs/{run.pk}/charges/", target="pool/b")["items"]
    assert {row["currency"] for row in found} == {"USD"}
    total = sum(money.from_text(row["billed"])[0] for row in found)
    assert money.to_text(total) == "3.333333333333333333"
    checks = read(web, f"runs/{run.pk}/invariants/")
    assert checks["publishable"] is True
    assert checks["items"][0]["rows"][0]["difference"] == "0"
    moved = read(web, f"runs/{run.pk}/diff/")
    assert moved["supersedes"] is None
    assert {row["causes"]["rule"] for row in moved["items"]} == {"0"}


def test_a_run_is_asked_for_and_published_over_the_api(
    web: Client, run: models.AllocationRun
) -> None:
    asked = web.post(
        "/api/v1/costs/runs/", {"month": "2026-01-01"}, content_type="application/json"
    )
    assert asked.status_code == 202
    assert json.loads(asked.content)["state"] == "queued"
    path = f"/api/v1/costs/runs/{run.pk}/publish/"
    stale = web.post(path, {"result_digest": "0" * 64}, content_type="application/json")
    assert stale.status_code == 412
    body = {"result_digest": run.result_digest}
    done = web.post(path, body, content_type="application/json")
    assert (done.status_code, json.loads(done.content)["state"]) == (201, "published")


def test_who_sees_one_team_sees_no_run(run: models.AllocationRun) -> None:
    client = Client()
    client.force_login(access.person("manager", team=access.team()))
    for path in (f"/costs/runs/{run.pk}/", f"/api/v1/costs/runs/{run.pk}/charges/"):
        assert client.get(path).status_code == 404
    assert run.public_id not in client.get("/costs/runs/").content.decode()


def test_pages_state_sums_and_let_the_run_speak(web: Client, run: models.AllocationRun) -> None:
    listed = web.get("/costs/runs/").content.decode()
    assert run.public_id in listed
    assert "January 2026" in listed
    page = web.get(f"/costs/runs/{run.pk}/").content.decode()
    for words in ("Conservation", "14.999999999999999999", "No rule matches", "Rule 3", "Publish"):
        assert words in page
    diff = web.get(f"/costs/runs/{run.pk}/diff/?basis=billed").content.decode()
    assert "8.333333333333333333" in diff
    file = web.get(f"/costs/runs/{run.pk}/diff/?format=csv")
    assert b"target,currency,basis,old,new,delta,data,rule,driver,rate" in file.getvalue()
    answer = web.post(f"/costs/runs/{run.pk}/publish/", {"result_digest": run.result_digest})
    assert answer.status_code == 302
    run.refresh_from_db()
    assert run.state == "published"


def test_a_page_follows_a_run_that_works(
    web: Client, manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    answer = web.post("/costs/runs/request/", {"month": "2026-01-01"})
    run = models.AllocationRun.objects.get()
    assert answer["Location"] == f"/costs/runs/{run.pk}/"
    assert "Waiting for a worker" in web.get(answer["Location"]).content.decode()
    costs.tell_run(costs.claim_run(run.pk), "Trying rules")
    assert "Trying rules" in web.get(f"/costs/runs/{run.pk}/live/").content.decode()


def test_the_shell_shares_out_reconciles_and_publishes(
    manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    out = StringIO()
    words = ("allocate_costs", "--period", "2026-01", "--as", manager.email, "--publish")
    call_command(*words, stdout=out)
    said = out.getvalue()
    assert "holds  Conservation" in said
    assert "14.999999999999999999 = 14.999999999999999999 allocated + 0 unallocated" in said
    assert "is published" in said
    with pytest.raises(CommandError, match="2026-01"):
        call_command("allocate_costs", "--period", "January", "--as", manager.email)


def test_the_shell_ends_with_two_when_something_does_not_hold(
    manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    models.PartTotal.objects.filter(currency="USD").update(rows=1)
    with pytest.raises(SystemExit) as ended:
        call_command(
            "allocate_costs", "--period", "2026-01", "--as", manager.email, stdout=StringIO()
        )
    assert ended.value.code == 2
