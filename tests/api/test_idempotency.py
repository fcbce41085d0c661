"""``Idempotency-Key``: a POST that is sent again has one effect and one answer."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from governance.access import idempotency, tasks
from governance.access.kinds import FORGET, Role
from governance.access.models import IdempotentRequest, User
from governance.ledger.models import Entry
from inventory.catalog.models import Artifact, UseCase
from tests.factories import access, catalog

URL = "/api/v1/use-cases/"


@pytest.fixture
def team(db):
    return access.team()


@pytest.fixture
def client(team) -> APIClient:
    return access.api_client(User.objects.get(pk=catalog.builder(team).id))


@pytest.fixture
def client_at_home(team) -> Client:
    """A person's own browser: tokens are made there and nowhere else."""
    return access.signed_in(Client(), access.person(Role.DEVELOPER, team=team))


def body(team, **changes: object) -> dict[str, object]:
    return {
        "team": team.slug,
        "name": "Consumer credit",
        "decision": "Whether a loan is granted.",
        "autonomy": "recommends",
        "exposure": "high",
        "purpose": "customer",
        "reach": "many",
    } | changes


def send(client: APIClient, given: dict[str, object], key: str | None = "one"):
    named = {"Idempotency-Key": key} if key is not None else {}
    return client.post(URL, given, format="json", headers=named)


def test_the_same_key_gives_the_same_answer_and_writes_once(client, team) -> None:
    first, events = send(client, body(team)), Entry.objects.count()
    again = send(client, body(team))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert UseCase.objects.count() == 1
    assert Entry.objects.count() == events


def test_another_body_under_the_same_key_is_refused(client, team) -> None:
    send(client, body(team))
    again = send(client, body(team, name="Another"))
    assert again.status_code == 422
    assert again.json()["code"] == "idempotency-key-reused"
    assert UseCase.objects.count() == 1


def test_without_a_key_each_request_counts(client, team) -> None:
    assert [send(client, body(team, name=str(n)), None).status_code for n in (1, 2)] == [201, 201]
    assert UseCase.objects.count() == 2


def test_a_refused_request_leaves_its_key_free(client, team) -> None:
    assert send(client, body(team, name="")).status_code == 400
    assert not IdempotentRequest.objects.exists()
    assert send(client, body(team)).status_code == 201


def test_a_key_belongs_to_one_person(client, team) -> None:
    other = access.api_client(User.objects.get(pk=catalog.builder(team).id))
    answers = [send(client, body(team)), send(other, body(team, name="Mine"))]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert UseCase.objects.count() == 2


@pytest.mark.parametrize("key", ["k" * 201, "k" * 5000])
def test_a_key_that_is_too_long_is_refused(client, team, key) -> None:
    assert send(client, body(team), key).json()["code"] == "bad-idempotency-key"
    assert not UseCase.objects.exists()


def test_a_request_that_is_still_running_is_not_run_beside_itself(client, team) -> None:
    send(client, body(team))
    IdempotentRequest.objects.update(status=None, body=None)
    again = send(client, body(team))
    assert (again.status_code, again.json()["code"]) == (409, "still-running")


def test_a_request_whose_outcome_nobody_knows_is_not_run_again(client, team) -> None:
    """Its process died: what it wrote is there or not, and only the caller can look."""
    send(client, body(team))
    IdempotentRequest.objects.update(
        status=None, body=None, created_at=timezone.now() - timedelta(minutes=3)
    )
    for _ in range(2):
        again = send(client, body(team))
        assert (again.status_code, again.json()["code"]) == (409, "unknown-outcome")
    assert UseCase.objects.count() == 1
    assert send(client, body(team, name="Another"), "two").status_code == 201


def test_a_key_that_was_freed_at_the_last_moment_is_claimed_again(
    client, team, monkeypatch
) -> None:
    send(client, body(team))
    plain, calls = idempotency.find, []

    def refused_just_now(actor, key):
        calls.append(key)
        IdempotentRequest.objects.all().delete()
        return plain(actor, key)

    monkeypatch.setattr(idempotency, "find", refused_just_now)
    assert send(client, body(team, name="Another")).status_code == 201
    assert calls == ["one"]


def test_a_token_s_secret_is_not_kept_with_the_answer(client_at_home) -> None:
    asked = {"label": "ci", "scopes": ["read"], "days": 5}
    answers = [
        client_at_home.post(
            "/api/v1/tokens/", asked, "application/json", headers={"Idempotency-Key": "one"}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["secret"] != answers[1].json()["secret"]
    assert not IdempotentRequest.objects.exists()


def test_the_schema_offers_the_key_only_where_it_is_honoured(described) -> None:
    def offered(path: str) -> bool:
        named = described["paths"][path]["post"].get("parameters", [])
        return "Idempotency-Key" in {parameter["name"] for parameter in named}

    assert offered(URL)
    assert not offered("/api/v1/tokens/")


def test_an_upload_of_other_bytes_or_fields_under_the_same_key_is_refused(client, team) -> None:
    """Of the same length, so that nothing but what is inside can tell them apart."""
    data, content = {"team": team.slug}, catalog.boosted_bytes()
    first = upload(client, data, content)
    assert first.status_code == 201, first.json()
    assert upload(client, data, content).headers["Idempotency-Replayed"] == "true"
    other_team = {"team": "x" * len(team.slug)}
    other_bytes = content[:-1] + bytes([content[-1] ^ 1])
    for fields, sent in ((data, other_bytes), (other_team, content)):
        answer = upload(client, fields, sent)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert Artifact.objects.count() == 1


def upload(client: APIClient, fields: dict[str, str], content: bytes):
    file = SimpleUploadedFile("model.bin", content)
    headers = {"Idempotency-Key": "upload"}
    return client.post(
        "/api/v1/artifacts/", fields | {"file": file}, format="multipart", headers=headers
    )


def test_answers_are_kept_for_a_day(client, team) -> None:
    send(client, body(team), "old")
    send(client, body(team, name="Another"), "new")
    yesterday = timezone.now() - timedelta(hours=25)
    IdempotentRequest.objects.filter(key="old").update(created_at=yesterday)
    tasks.forget()
    assert [known.key for known in IdempotentRequest.objects.all()] == ["new"]


def test_the_clock_forgets_answers() -> None:
    sent = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert FORGET in sent


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_have_one_effect(client, team) -> None:
    header = client._credentials["HTTP_AUTHORIZATION"]
    start, statuses = threading.Barrier(10), []

    def one() -> None:
        mine = APIClient()
        mine.credentials(HTTP_AUTHORIZATION=header)
        start.wait()
        statuses.append(send(mine, body(team)).status_code)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert UseCase.objects.count() == 1
    assert len(statuses) == 10
    assert 201 in statuses
    assert set(statuses) <= {201, 409}
