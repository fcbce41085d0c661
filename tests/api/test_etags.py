"""``ETag`` and ``If-Match``: nobody overwrites what they have not seen."""

import pytest

from governance.access.models import Team, User
from governance.ledger.models import Entry
from inventory.catalog.models import RegisteredModel, UseCase
from tests.factories import access, catalog


@pytest.fixture
def builder(db):
    return catalog.builder(access.team())


@pytest.fixture
def client(builder):
    return access.api_client(User.objects.get(pk=builder.id))


@pytest.fixture(params=["models", "use-cases"])
def thing(request, builder):
    """The address of something editable, and a field of it."""
    (team,) = {holding.team_id for holding in builder.holdings}
    model = catalog.model(Team.objects.get(pk=team), builder)
    if request.param == "models":
        return f"/api/v1/models/{model.pk}/", "limitations"
    return f"/api/v1/use-cases/{model.use_case_id}/", "affected_persons"


def patch(client, url: str, body: dict[str, str], etag: str | None):
    named = {"If-Match": etag} if etag else {}
    return client.patch(url, body, format="json", headers=named)


def _content() -> tuple[object, ...]:
    return (
        list(RegisteredModel.objects.order_by("pk").values()),
        list(UseCase.objects.order_by("pk").values()),
        Entry.objects.count(),
    )


def test_a_write_on_what_was_seen_passes_and_gives_a_new_etag(client, thing) -> None:
    url, field = thing
    seen = client.get(url).headers["ETag"]
    answer = patch(client, url, {field: "Something new."}, seen)
    assert answer.status_code == 200
    assert answer.json()[field] == "Something new."
    assert answer.headers["ETag"] not in {"", seen}
    assert client.get(url).headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize("how", ["stale", '"0"', '"nonsense"', "nonsense", 'W/"1"', '""', ","])
def test_a_write_on_something_else_is_412_and_changes_nothing(client, thing, how) -> None:
    url, field = thing
    seen = client.get(url).headers["ETag"]
    assert patch(client, url, {field: "First."}, seen).status_code == 200
    before = _content()
    answer = patch(client, url, {field: "Second."}, seen if how == "stale" else how)
    assert (answer.status_code, answer.json()["code"]) == (412, "moved")
    assert _content() == before


@pytest.mark.parametrize("etag", [None, "*"])
def test_a_write_that_names_no_version_passes(client, thing, etag) -> None:
    url, field = thing
    assert patch(client, url, {field: "Unseen."}, etag).status_code == 200


def test_one_of_several_named_versions_is_enough(client, thing) -> None:
    url, field = thing
    seen = client.get(url).headers["ETag"]
    assert patch(client, url, {field: "Listed."}, f'"0", {seen}').status_code == 200


def test_a_write_that_changes_nothing_leaves_no_trace(client, thing) -> None:
    url, field = thing
    before, value = _content(), client.get(url).json()[field]
    assert patch(client, url, {field: value}, None).status_code == 200
    assert _content() == before
