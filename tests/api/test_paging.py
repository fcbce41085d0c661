"""Keyset pages of every list: complete, stable while others write, closed to made-up cursors."""

import base64

import orjson
import pytest
from rest_framework.test import APIClient

from governance.access.kinds import Role
from governance.access.models import Team
from governance.kernel.rest import paging
from inventory.catalog.models import UseCase
from tests.factories import access, catalog

URL = "/api/v1/use-cases/"
LISTS = (
    "artifacts",
    "cases",
    "conditions",
    "dataset-versions",
    "datasets",
    "deployments",
    "environments",
    "models",
    "policies",
    "reports",
    "runs",
    "use-cases",
    "versions",
)


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


@pytest.fixture
def client(db) -> APIClient:
    return access.api_client(access.person(Role.AUDITOR))


@pytest.fixture
def team(db):
    return access.team()


def names(client: APIClient, cursor: str | None, limit: int = 2) -> tuple[list[str], str | None]:
    query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
    page = client.get(URL, query).json()
    return [item["name"] for item in page["items"]], page["next"]


def test_pages_together_are_the_whole_list_once(client, team) -> None:
    builder = catalog.builder(team)
    made = [catalog.use_case(team, builder).name for _ in range(7)]
    found, cursor = names(client, None)
    while cursor:
        more, cursor = names(client, cursor)
        found += more
    assert found == made[::-1]


def test_a_page_does_not_shift_when_others_write_meanwhile(client, team) -> None:
    builder = catalog.builder(team)
    made = [catalog.use_case(team, builder).name for _ in range(4)]
    first, cursor = names(client, None)
    catalog.use_case(team, builder, name="Newcomer")
    second, end = names(client, cursor)
    assert first + second == made[::-1]
    assert end is None


def test_a_page_goes_on_although_its_last_row_changed(client, team) -> None:
    builder = catalog.builder(team)
    made = [catalog.use_case(team, builder).name for _ in range(4)]
    _, cursor = names(client, None)
    UseCase.objects.filter(name=made[2]).update(name="Renamed")
    assert names(client, cursor) == ([made[1], made[0]], None)


@pytest.mark.parametrize("place", LISTS)
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "é",
        packed("text"),
        packed({}),
        packed([]),
        packed([1, 2, 3, 4, 5, 6]),
        packed([None, None]),
        packed([[], {}]),
        packed(["2026-13-45", "no-uuid"]),
        packed(["no-uuid"]),
        packed(["\x00"]),
    ],
)
def test_a_made_up_cursor_is_refused(client, place, cursor) -> None:
    answer = client.get(f"/api/v1/{place}/", {"cursor": cursor})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("place", LISTS)
@pytest.mark.parametrize(
    "limit",
    [
        "0",
        "-1",
        "1001",
        "1e3",
        "²",
        pytest.param("9" * 5000, id="thousands of digits"),
        "ten",
        "1.5",
    ],
)
def test_a_limit_out_of_bounds_is_refused(client, place, limit) -> None:
    assert client.get(f"/api/v1/{place}/", {"limit": limit}).status_code == 400


@pytest.mark.parametrize("place", LISTS)
def test_every_list_has_the_same_shape_and_takes_the_largest_page(client, place) -> None:
    page = client.get(f"/api/v1/{place}/", {"limit": "1000"}).json()
    assert set(page) == {"items", "next"}
    assert page["next"] is None


@pytest.mark.django_db
def test_every_row_comes_once_over_any_number_of_pages(monkeypatch):
    monkeypatch.setattr(paging, "MAX_SIZE", 2)
    keys = {access.team().pk for _ in range(5)}
    rows = paging.every(Team.objects.filter(pk__in=keys), order=("slug", "id"))
    found = [team.pk for team in rows]
    assert len(found) == 5
    assert set(found) == keys
