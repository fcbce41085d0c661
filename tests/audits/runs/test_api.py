"""Runs over REST: ask, list, read, cancel; and what strangers get."""

import uuid

import pytest

from audits.engine.outcome import Verdict
from audits.runs.models import AuditRun
from governance.access.kinds import Role
from tests.factories import access, catalog
from tests.factories import runs as factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    return factory.subject()


@pytest.fixture
def client(of):
    person = access.person(Role.MODEL_OWNER, Role.DEVELOPER, team=of.team)
    return access.api_client(person)


def body(of):
    return {
        "version": str(of.version.pk),
        "reference": str(of.reference.pk),
        "current": str(of.current.pk),
    }


def test_request_answers_with_the_queued_run(client, of):
    answer = client.post("/api/v1/runs/", body(of), format="json")
    assert answer.status_code == 201
    said = answer.json()
    assert (said["state"], said["tier"], said["verdict"]) == ("queued", 1, "")
    assert said["public_id"] == "RUN-00001"
    detail = client.get(f"/api/v1/runs/{said['id']}/").json()
    assert detail["plan"]["checks"][0]["check"] == "data.schema"
    assert detail["checks"][0]["public_id"] == "EVD-00001"
    assert sum(point["points"] for point in detail["tier_reasons"]) == 10


def test_repeated_request_makes_one_run(client, of):
    keys = {client.post("/api/v1/runs/", body(of), format="json").json()["id"] for _ in range(3)}
    assert len(keys) == AuditRun.objects.count() == 1


def test_missing_columns_are_named_as_problem_details(client, of):
    short = catalog.csv_bytes(catalog.frame(8).drop(columns=["income", "debt"]))
    data = catalog.dataset_version(of.team, of.actor, short, "current")
    answer = client.post("/api/v1/runs/", {**body(of), "current": str(data.pk)}, format="json")
    assert answer.status_code == 422
    said = answer.json()
    assert said["code"] == "data-unusable"
    assert "“income”, “debt”" in said["errors"]["current"][0]
    assert not AuditRun.objects.exists()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"version": "x"}, 400),
        ({"current": None}, 400),
        ({"current": "\u0000"}, 400),
        ({"current": str(uuid.uuid4())}, 404),
        ({"version": str(uuid.uuid4())}, 404),
    ],
)
def test_bad_request_is_refused_and_nothing_is_written(client, of, changes, status):
    answer = client.post("/api/v1/runs/", {**body(of), **changes}, format="json")
    assert answer.status_code == status
    assert not AuditRun.objects.exists()


def test_lists_filter_and_page_in_constant_queries(client, of, django_assert_num_queries):
    factory.completed(of, {"drift.columns": Verdict.FAIL})
    factory.completed(of)
    factory.requested(of)
    client.get("/api/v1/runs/?limit=1")
    with django_assert_num_queries(2):  # the token with its person and roles; the rows
        page = client.get("/api/v1/runs/?limit=2").json()
    assert [row["state"] for row in page["items"]] == ["queued", "completed"]
    rest = client.get("/api/v1/runs/", {"cursor": page["next"], "limit": 2}).json()
    assert len(rest["items"]) == 1
    assert rest["next"] is None
    failed = client.get("/api/v1/runs/?verdict=fail").json()["items"]
    assert [row["verdict"] for row in failed] == ["fail"]
    assert len(client.get(f"/api/v1/runs/?version={of.version.pk}").json()["items"]) == 3
    assert client.get("/api/v1/runs/?state=odd").status_code == 400
    assert client.get("/api/v1/runs/?model=odd").status_code == 400


def test_outcome_of_a_check_is_given_whole_with_its_digest(client, of):
    run = factory.completed(of)
    check = run.checks.first()
    answer = client.get(f"/api/v1/checks/{check.pk}/")
    said = answer.json()
    assert said["outcome"]["summary"] == said["summary"]
    assert said["outcome_digest"] == check.outcome_digest
    assert check.outcome_digest in answer.headers["ETag"]


def test_cancel_and_log(client, of):
    run = factory.requested(of)
    assert client.post(f"/api/v1/runs/{run.pk}/cancel/").json()["state"] == "cancelled"
    assert client.post(f"/api/v1/runs/{run.pk}/cancel/").status_code == 409
    lines = client.get(f"/api/v1/runs/{run.pk}/log/").json()["items"]
    assert [line["text"] for line in lines][-1] == "Cancelled."


def test_another_team_finds_nothing(of):
    run = factory.completed(of)
    check = run.checks.first()
    other = access.person(Role.MODEL_OWNER, team=access.team())
    stranger = access.api_client(other)
    assert stranger.get("/api/v1/runs/").json()["items"] == []
    for path in (f"runs/{run.pk}/", f"runs/{run.pk}/log/", f"checks/{check.pk}/"):
        assert stranger.get(f"/api/v1/{path}").status_code == 404
    assert stranger.post(f"/api/v1/runs/{run.pk}/cancel/").status_code == 404
    assert stranger.post("/api/v1/runs/", body(of), format="json").status_code == 404


def test_reading_token_cannot_ask_or_cancel(of):
    run = factory.requested(of)
    person = access.person(Role.MODEL_OWNER, team=of.team)
    reader = access.api_client(person, scopes=["read"])
    assert reader.get(f"/api/v1/runs/{run.pk}/").status_code == 200
    assert reader.post("/api/v1/runs/", body(of), format="json").status_code == 403
    assert reader.post(f"/api/v1/runs/{run.pk}/cancel/").status_code == 403
