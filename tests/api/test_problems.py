"""Whatever goes wrong, the API answers with problem details that say what and have a code."""

import re
import uuid

import pytest
from rest_framework.test import APIClient

from governance.access.kinds import Role
from governance.access.models import User
from tests.factories import access, catalog

MODELS = "/api/v1/models/"
NOWHERE = "01a2072f-de67-72d5-b458-717db22886bc"


@pytest.fixture
def team(db):
    return access.team()


@pytest.fixture
def client(team) -> APIClient:
    return access.api_client(User.objects.get(pk=catalog.builder(team).id))


def is_problem(answer, status: int, code: str | None = None) -> bool:
    """Whether ``answer`` is RFC 9457 with a code of its own; says what differs."""
    assert answer.status_code == status, answer.content[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    assert body["status"] == status
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", body["code"])
    assert body["detail"]
    assert code in {None, body["code"]}
    return True


@pytest.mark.parametrize("path", ["", "nothing/", "models", "models/x/", f"models/{NOWHERE}/a/"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_an_unknown_address_is_404_in_json_for_everybody(db, path, method) -> None:
    anybody = APIClient(enforce_csrf_checks=True)
    assert is_problem(getattr(anybody, method)(f"/api/v1/{path}"), 404, "not-found")


def test_what_is_not_there_is_404(client) -> None:
    assert is_problem(client.get(f"{MODELS}{uuid.uuid4()}/"), 404, "not-found")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_method_that_is_not_offered_is_405_with_allow(client, method) -> None:
    answer = getattr(client, method)(MODELS)
    assert is_problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "x"]
)
def test_another_content_type_is_415(client, content_type) -> None:
    answer = client.generic("POST", MODELS, b"name=x", content_type=content_type)
    assert is_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b"{'a': 1}",
        b'{"name": NaN}',
        pytest.param(b"[" * 100_000, id="deep"),
        b'"\\ud800"',
    ],
)
def test_malformed_json_is_400(client, body) -> None:
    answer = client.generic("POST", MODELS, body, content_type="application/json")
    assert is_problem(answer, 400)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"12", b"true"])
def test_json_that_is_no_object_is_400(client, body) -> None:
    answer = client.generic("POST", MODELS, body, content_type="application/json")
    assert is_problem(answer, 400)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_broken_upload_is_400(client, content_type) -> None:
    answer = client.generic("POST", "/api/v1/artifacts/", b"--x", content_type=content_type)
    assert is_problem(answer, 400)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer x y",
        "Bearer assay_wrong",
        "Bearer é",
        pytest.param("Bearer " + "x" * 5000, id="long"),
        "Basic eDp5",
    ],
)
def test_a_wrong_token_is_401_with_a_challenge(db, header) -> None:
    stranger = APIClient()
    stranger.credentials(HTTP_AUTHORIZATION=header)
    answer = stranger.get(MODELS)
    assert is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_role_that_may_not_is_403(team) -> None:
    auditor = access.api_client(access.person(Role.AUDITOR, team=team))
    assert is_problem(auditor.post(MODELS, {}, format="json"), 403)


def test_a_browser_session_writes_with_its_csrf_token_only(team) -> None:
    person = User.objects.get(pk=catalog.builder(team).id)
    browser = APIClient(enforce_csrf_checks=True)
    access.signed_in(browser, person)
    assert browser.get(MODELS).status_code == 200
    assert is_problem(browser.post(MODELS, {}, format="json"), 403)


def test_faulty_fields_are_named(client) -> None:
    answer = client.post(MODELS, {"name": "", "kind": "oracle"}, format="json")
    assert is_problem(answer, 400, "invalid")
    assert {"name", "kind", "team", "use_case"} <= set(answer.json()["errors"])


def test_an_answer_that_cannot_be_given_in_the_type_asked_for_is_406(client) -> None:
    assert is_problem(client.get(MODELS, headers={"Accept": "text/csv"}), 406, "not-acceptable")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_a_body_beyond_the_limit_is_413(client, headers) -> None:
    named = {"content_type": "application/json", "headers": headers}
    body = b'{"name": "' + b"x" * 3_000_000 + b'"}'
    assert is_problem(client.generic("POST", MODELS, body, **named), 413, "too-large")
