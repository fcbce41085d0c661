"""The trail is of the whole organisation, and so is the right to read it."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.ledger import reading
from tests.factories import access as make

pytestmark = pytest.mark.django_db
READERS = [Role.RISK_OFFICER, Role.AUDITOR]


def addresses() -> list[str]:
    last = reading.trail_page(reading.search(), size=1, cursor=None).items[0]
    trail = reverse("portal:trail")
    return [trail, f"{trail}?format=csv", reverse("portal:trail-entry", args=[last.seq])]


@pytest.mark.parametrize("role", READERS)
def test_a_role_in_one_team_reads_no_other_teams_events(client: Client, role) -> None:
    mine, theirs = make.team(), make.team()
    make.signed_in(client, make.person(role, team=mine))
    for address in addresses():
        answer = client.get(address)
        assert answer.status_code == 403
        assert str(theirs.pk) not in answer.content.decode()
    assert f'href="{reverse("portal:trail")}"' not in client.get("/").content.decode()


@pytest.mark.parametrize("role", READERS)
def test_a_role_in_the_organisation_reads_every_event(client: Client, role) -> None:
    make.signed_in(client, make.person(role))
    assert [client.get(address).status_code for address in addresses()] == [200, 200, 200]
    assert f'href="{reverse("portal:trail")}"' in client.get("/").content.decode()
