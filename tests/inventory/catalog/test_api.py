"""The catalogue over REST: what a client in CI does, and what it is told when it errs."""

import hashlib
import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.access.kinds import Role
from tests.factories import access
from tests.factories import catalog as made

pytestmark = pytest.mark.django_db
JSON = {"format": "json"}


@pytest.fixture
def team():
    return access.team()


@pytest.fixture
def client(team):
    return access.api_client(access.person(Role.MODEL_OWNER, Role.DEVELOPER, team=team))


def _use_case(client, team, slug="", **changes):
    body = {
        "team": slug or team.slug,
        "name": "Loans",
        "decision": "Whether a loan is granted.",
        "autonomy": "recommends",
        "exposure": "high",
        "purpose": "customer",
        "reach": "many",
    } | changes
    return client.post("/api/v1/use-cases/", body, **JSON)


def _model(client, team, use_case, **changes):
    body = {
        "team": team.slug,
        "name": f"Scoring {uuid.uuid4().hex[:6]}",
        "use_case": use_case,
        "kind": "ml",
        "complexity": "complex",
        "intended_use": "Scoring.",
    } | changes
    return client.post("/api/v1/models/", body, **JSON)


def _upload(client, place, content, **fields):
    body = {"file": SimpleUploadedFile("a.bin", content), **fields}
    return client.post(f"/api/v1/{place}/", body, format="multipart")


def test_client_registers_a_model_with_data_and_a_version(client, team):
    use_case = _use_case(client, team).json()["id"]
    model = _model(client, team, use_case).json()
    artifact = _upload(client, "artifacts", made.skops_bytes(), team=team.slug).json()
    dataset = client.post(
        "/api/v1/datasets/", {"team": team.slug, "name": "D", "sensitivity": "personal"}, **JSON
    ).json()
    data = _upload(
        client, "dataset-versions", made.parquet_bytes(), dataset=dataset["id"], role="train"
    ).json()
    environment = client.post(
        "/api/v1/environments/", {"team": team.slug, "name": "E", "lock": made.LOCK}, **JSON
    ).json()
    version = client.post(
        "/api/v1/versions/",
        {
            "model": model["id"],
            "artifact": artifact["id"],
            "training_data": data["id"],
            "environment": environment["id"],
            "signature": made.signature(),
            "change_type": "initial",
            "parameters": {"C": 1.0},
        },
        **JSON,
    )
    assert version.status_code == 201, version.json()
    assert version.json()["number"] == 1
    assert len(version.json()["content_digest"]) == 64
    assert artifact["format"] == "skops"
    assert data["format"] == "parquet"
    found = client.get(f"/api/v1/models/{model['id']}/").json()
    assert found["public_id"].startswith("MDL-")
    assert (found["versions"], found["latest_version"]) == (1, 1)


def test_same_bytes_again_are_answered_with_the_artifact_that_is_there(client, team):
    first = _upload(client, "artifacts", made.skops_bytes(), team=team.slug)
    again = _upload(client, "artifacts", made.skops_bytes(), team=team.slug)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_wrong_digest_keeps_nothing(client, team):
    told = _upload(client, "artifacts", made.skops_bytes(), team=team.slug, sha256="0" * 64)
    assert told.status_code == 422
    assert told.json()["code"] == "wrong-digest"
    right = hashlib.sha256(made.skops_bytes()).hexdigest()
    assert right in told.json()["detail"]
    assert client.get("/api/v1/artifacts/").json()["items"] == []


def test_patch_with_an_old_etag_is_refused(client, team):
    made_one = _use_case(client, team)
    place, etag = f"/api/v1/use-cases/{made_one.json()['id']}/", made_one["ETag"]
    ok = client.patch(place, {"reach": "mass"}, **JSON, headers={"If-Match": etag})
    assert ok.status_code == 200
    assert ok.json()["reach"] == "mass"
    late = client.patch(place, {"reach": "few"}, **JSON, headers={"If-Match": etag})
    assert late.status_code == 412
    assert client.get(place).json()["reach"] == "mass"


def test_lists_go_on_by_cursor_without_gaps(client, team):
    use_case = _use_case(client, team).json()["id"]
    made_ids = {_model(client, team, use_case).json()["id"] for _ in range(5)}
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/models/", query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert set(seen) == made_ids
    assert len(seen) == 5


def test_filters_narrow_and_public_ids_are_found(client, team):
    use_case = _use_case(client, team).json()["id"]
    one = _model(client, team, use_case, name="Needle").json()
    _model(client, team, use_case, kind="rule")
    asked = lambda **query: [m["id"] for m in client.get("/api/v1/models/", query).json()["items"]]  # noqa: E731
    assert asked(q="needl") == [one["id"]]
    assert asked(q=one["public_id"]) == [one["id"]]
    assert len(asked(kind="rule")) == 1
    assert asked(team="nobody-here") == []


def test_another_teams_things_are_missing(client, team):
    other = access.team()
    model, data = made.model(other), made.dataset_version(other)
    for place in (
        f"models/{model.pk}",
        f"dataset-versions/{data.pk}",
        f"use-cases/{model.use_case_id}",
    ):
        assert client.get(f"/api/v1/{place}/").status_code == 404
    assert client.patch(f"/api/v1/models/{model.pk}/", {"name": "x"}, **JSON).status_code == 404
    refused = _model(client, team, str(model.use_case_id))
    assert refused.status_code == 404


def test_writing_into_another_team_is_not_permitted(client):
    other = access.team()
    assert _use_case(client, other).status_code == 403
    assert _use_case(client, other, "no-such-team").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "a\x00b"}, 400),
        ({"name": "\ud800"}, 400),
        ({"name": "x" * 201}, 400),
        ({"reach": "galactic"}, 400),
        ({"jurisdictions": ["\x00"]}, 400),
        ({"jurisdictions": "DE"}, 400),
        ({"sponsor": "not-a-uuid"}, 400),
        ({"sponsor": str(uuid.uuid4())}, 422),
    ],
)
def test_odd_values_are_refused_by_field(client, team, body, status):
    told = client.post(
        "/api/v1/use-cases/",
        json.dumps({**_BODY, "team": team.slug, **body}),
        content_type="application/json",
    )
    assert told.status_code == status
    assert set(told.json()["errors"]) == set(body)
    assert client.get("/api/v1/use-cases/").json()["items"] == []


_BODY = {
    "name": "Loans",
    "decision": "Which.",
    "autonomy": "recommends",
    "exposure": "high",
    "purpose": "customer",
    "reach": "many",
}


@pytest.mark.parametrize("value", [{"a": "\x00"}, {"a": 2**60}, {"a": 1e999}, [1], {"\ud800": 1}])
def test_json_without_canonical_form_is_refused(client, team, value):
    use_case = _use_case(client, team).json()["id"]
    body = {"team": team.slug, "name": "M", "use_case": use_case, "kind": "ml"}
    body |= {"complexity": "simple", "intended_use": "x", "external_ids": value}
    told = client.post("/api/v1/models/", json.dumps(body), content_type="application/json")
    assert told.status_code == 400
    assert client.get("/api/v1/models/").json()["items"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=9999", "q=%00", "use_case=x", "kind=zzz", "cursor=e30", "cursor=WyJhIl0"],
)
def test_odd_queries_are_answered_with_400(client, query):
    assert client.get(f"/api/v1/models/?{query}").status_code == 400


def test_repeated_post_with_a_key_registers_once(client, team):
    headers = {"Idempotency-Key": "k1"}
    body = {**_BODY, "team": team.slug}
    first = client.post("/api/v1/use-cases/", body, **JSON, headers=headers)
    again = client.post("/api/v1/use-cases/", body, **JSON, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert len(client.get("/api/v1/use-cases/").json()["items"]) == 1


def test_deployment_is_recorded_and_ended(client, team):
    version = made.version(made.model(team))
    body = {
        "version": str(version.pk),
        "target": "scoring-eu",
        "valid_from": "2026-01-01T00:00:00Z",
    }
    first = client.post("/api/v1/deployments/", body, **JSON)
    assert first.status_code == 201, first.json()
    place = f"/api/v1/deployments/{first.json()['id']}/end/"
    ended = client.post(place, {"ended_at": "2026-02-01T00:00:00Z"}, **JSON)
    assert ended.status_code == 201, ended.json()
    assert ended.json()["valid_to"].startswith("2026-02-01")
    assert client.post(place, {"ended_at": "2026-03-01T00:00:00Z"}, **JSON).status_code == 409
    rows = client.get("/api/v1/deployments/").json()["items"]
    assert {row["recorded_to"] is None for row in rows} == {True, False}


def test_reading_token_cannot_write(team):
    person = access.person(Role.MODEL_OWNER, team=team)
    reader = access.api_client(person, ["read"])
    assert reader.get("/api/v1/models/").status_code == 200
    assert _use_case(reader, team).status_code == 403


def test_lists_take_the_same_queries_for_one_row_and_many(client, team, django_assert_num_queries):
    made.version(made.model(team))
    client.get("/api/v1/models/")  # the token notes its first use
    with django_assert_num_queries(2):  # the caller, the page
        client.get("/api/v1/models/")
    for _ in range(4):
        made.version(made.model(team))
    with django_assert_num_queries(2):
        assert len(client.get("/api/v1/models/").json()["items"]) == 5


def test_schema_names_every_operation(client):
    told = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    paths = json.loads(told.content)["paths"]
    for noun in ("use-cases", "models", "versions", "artifacts", "datasets", "deployments"):
        assert {"get", "post"} <= set(paths[f"/api/v1/{noun}/"])
