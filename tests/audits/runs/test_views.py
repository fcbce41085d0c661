"""Pages of runs: what a validator sees, and what works without scripts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audits.engine.outcome import Verdict
from audits.runs import commands as runs
from audits.runs.kinds import RunState
from audits.runs.models import AuditRun
from governance.access.kinds import Role
from governance.kernel.actor import system_actor
from tests.factories import access, catalog
from tests.factories import runs as factory

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def of():
    return factory.subject()


@pytest.fixture
def page(client, of):
    """The path's page as a validator of the team sees it."""
    access.signed_in(client, access.person(Role.VALIDATOR, team=of.team))

    def get(path, **headers):
        answer = client.get(path, **headers)
        return answer, b"".join(answer).decode()

    return get


def asking(of):
    return f"?reference={of.reference.pk}&current={of.current.pk}"


def test_empty_list_says_what_to_do_first(page):
    assert "No runs yet" in page("/runs/")[1]


def test_list_filters_by_state_verdict_and_model(page, of):
    one = factory.completed(of, {"drift.columns": Verdict.FAIL})
    other = factory.requested(of)
    assert one.public_id in page("/runs/?verdict=fail")[1]
    assert other.public_id not in page("/runs/?verdict=fail")[1]
    assert other.public_id in page("/runs/?state=queued")[1]
    assert one.public_id in page(f"/runs/?q={of.version.model.name}")[1]
    assert one.public_id in page(f"/runs/?q={one.public_id.lower()}")[1]
    assert "No run is like this" in page("/runs/?q=no-such-model")[1]


def test_csv_neutralises_formulas(page, of):
    factory.completed(of)
    type(of.version.model).objects.filter(pk=of.version.model_id).update(name="=1+1")
    answer, text = page("/runs/?format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "'=1+1" in text


def test_form_shows_the_plan_before_anything_runs(page, of):
    _, text = page(f"/runs/request/{of.version.pk}/{asking(of)}")
    for said in ("Critical, 10 points", "decisions about customers", "Fairness between groups"):
        assert said in text
    assert "Run 14 checks" in text
    assert not AuditRun.objects.exists()


def test_posting_the_form_asks_for_the_run(client, page, of):
    data = {"reference": of.reference.pk, "current": of.current.pk}
    answer = client.post(f"/runs/request/{of.version.pk}/", data)
    run = AuditRun.objects.get()
    assert answer["Location"] == f"/runs/{run.pk}/"
    assert "Waiting for a worker" in page(f"/runs/{run.pk}/")[1]


def test_bad_choice_keeps_the_form_and_says_why(page, client, of):
    short = catalog.csv_bytes(catalog.frame(8).drop(columns=["income"]))
    data = catalog.dataset_version(of.team, of.actor, short, "current")
    answer, text = page(
        f"/runs/request/{of.version.pk}/?reference={of.reference.pk}&current={data.pk}"
    )
    assert answer.status_code == 422
    assert "lacks “income”" in text
    assert client.post(f"/runs/request/{of.version.pk}/", {"reference": "x"}).status_code == 422
    assert not AuditRun.objects.exists()


def test_other_teams_data_is_not_offered(page, of):
    foreign = factory.subject()
    answer, text = page(
        f"/runs/request/{of.version.pk}/?reference={of.reference.pk}&current={foreign.current.pk}"
    )
    assert answer.status_code == 422
    assert foreign.current.dataset.name not in text


def test_live_part_asks_again_while_the_run_is_open_and_stops_after(page, of):
    run, holder = factory.claimed(factory.requested(of))
    runs.begin_check(actor=system_actor(), run_id=run.pk, holder=holder, position=0)
    answer, text = page(f"/runs/{run.pk}/live/", **HTMX)
    assert 'hx-trigger="every 1s"' in text
    assert "Data as declared" in text
    assert "HX-Refresh" not in answer
    runs.fail_run(actor=system_actor(), run_id=run.pk, holder=holder, reason="Out of memory.")
    answer, text = page(f"/runs/{run.pk}/live/", **HTMX)
    assert "hx-trigger" not in text
    assert answer["HX-Refresh"] == "true"
    assert "Out of memory." in page(f"/runs/{run.pk}/")[1]


def test_finished_run_shows_verdicts_evidence_and_digests(page, of):
    run = factory.completed(of, {"fairness.groups": Verdict.INSUFFICIENT})
    _, text = page(f"/runs/{run.pk}/")
    for check in run.checks.all():
        assert check.public_id in text
        assert f"/runs/checks/{check.pk}/" in text
    assert run.results_digest in text
    assert "Insufficient evidence" in text


@pytest.mark.parametrize("tab", ["plan/", "log/"])
def test_plan_and_log_are_pages_of_their_own(page, of, tab):
    run = factory.completed(of)
    answer, text = page(f"/runs/{run.pk}/{tab}")
    assert answer.status_code == 200
    assert ("Seed" if tab == "plan/" else "Attempt 1 began") in text


def test_check_page_and_downloads(page, of):
    run = factory.completed(of)
    check = run.checks.first()
    _, text = page(f"/runs/checks/{check.pk}/")
    assert check.outcome["summary"] in text
    assert check.outcome_digest in text
    assert page(f"/runs/checks/{check.pk}/outcome.json")[0].json() == check.outcome
    whole = page(f"/runs/{run.pk}/outcomes.json")[0].json()
    assert whole["results_digest"] == run.results_digest
    assert len(whole["checks"]) == run.checks.count()


def test_version_tab_is_a_fragment_with_htmx_and_a_page_without(page, of):
    run = factory.completed(of)
    _, part = page(f"/runs/of/{of.version.pk}/", **HTMX)
    _, whole = page(f"/runs/of/{of.version.pk}/")
    assert run.public_id in part
    assert "<html" not in part
    assert "<html" in whole


def test_cancel_button_cancels(client, page, of):
    run = factory.requested(of)
    assert "Cancel run" in page(f"/runs/{run.pk}/")[1]
    client.post(f"/runs/{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert client.get(f"/runs/{run.pk}/cancel/").status_code == 405


def test_stranger_gets_missing_pages(client, of):
    run = factory.completed(of)
    access.signed_in(client, access.person(Role.VALIDATOR, team=access.team()))
    check = run.checks.first()
    for path in (f"{run.pk}/", f"{run.pk}/live/", f"{run.pk}/log/", f"checks/{check.pk}/"):
        assert client.get(f"/runs/{path}").status_code == 404
    assert client.get(f"/runs/of/{of.version.pk}/").status_code == 404


def test_pages_cost_the_same_for_many_rows(client, of):
    access.signed_in(client, access.person(Role.VALIDATOR, team=of.team))

    def cost(path):
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        return len(found)

    run = factory.completed(of)
    cost("/runs/")
    paths = ("/runs/", f"/runs/{run.pk}/live/", f"/runs/of/{of.version.pk}/")
    before = [cost(path) for path in paths]
    for _ in range(3):
        factory.completed(of)
    assert [cost(path) for path in paths] == before
