"""Policies over REST and as pages: everybody signed in may read them."""

import uuid

import pytest

from governance.access.kinds import Role
from tests.factories import access
from tests.factories.policies import default_policy, document, install

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    return access.person(Role.MODEL_USER, team=access.team())


def test_list_and_detail_give_text_and_digest(reader):
    version = default_policy()
    client = access.api_client(reader)
    listed = client.get("/api/v1/policies/").json()
    assert [row["id"] for row in listed["items"]] == [str(version.pk)]
    assert listed["next"] is None
    detail = client.get(f"/api/v1/policies/{version.pk}/")
    assert detail.json()["text"] == version.text
    assert detail.headers["ETag"].startswith('"')


def test_list_costs_the_same_for_many_versions(reader, django_assert_num_queries):
    client = access.api_client(reader)
    for days in (30, 60, 90):
        changed = document()
        changed["clocks"]["evidence_days"] = days
        install(changed)
    client.get("/api/v1/policies/?limit=1")
    with django_assert_num_queries(2):  # the token with its person and roles; the rows
        found = client.get("/api/v1/policies/?limit=2").json()
    assert len(found["items"]) == 2
    rest = client.get("/api/v1/policies/", {"cursor": found["next"]}).json()
    assert len(rest["items"]) == 1


def test_unknown_policy_is_missing(reader):
    assert access.api_client(reader).get(f"/api/v1/policies/{uuid.uuid4()}/").status_code == 404


def test_account_without_a_role_reads_nothing(client):
    version = default_policy()
    access.signed_in(client, access.person())
    assert client.get(f"/policies/{version.pk}/").status_code == 403


def test_pages_explain_the_policy(client, reader):
    version = default_policy()
    access.signed_in(client, reader)
    assert "Model risk policy" in client.get("/policies/").content.decode()
    page = client.get(f"/policies/{version.pk}/").content.decode()
    for said in (
        "Fairness between groups",
        "Federal Reserve SR 11-7",
        "Exposure by purpose",
        "0.8",
    ):
        assert said in page
    text = client.get(f"/policies/{version.pk}/text/")
    assert text.content.decode() == version.text
    assert "attachment" in text["Content-Disposition"]


def test_empty_list_says_what_to_do_first(client, reader):
    access.signed_in(client, reader)
    assert "install_policy" in client.get("/policies/").content.decode()
