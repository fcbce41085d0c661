"""The operations page: what follows events, and trying again what failed."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.access.kinds import Role
from governance.flows.models import Cursor
from governance.flows.reactions import REACTIONS
from tests.factories import access

pytestmark = pytest.mark.django_db
NAME = REACTIONS[0].name


@pytest.fixture
def failed():
    late = timezone.now() + timedelta(hours=1)
    Cursor.objects.update_or_create(
        reaction=NAME, defaults={"failures": 3, "error": "#1: broken", "retry_at": late}
    )
    return Cursor.objects.filter(reaction=NAME)


def test_administrator_lets_a_failed_reaction_be_tried_again(client, failed):
    access.signed_in(client, access.person(Role.ADMINISTRATOR))
    place = reverse("portal:flow-retry", args=[NAME])
    assert place in client.get(reverse("portal:operations")).content.decode()
    answer = client.post(place)
    assert answer.status_code == 302
    assert failed.get().retry_at is None


def test_unknown_reaction_is_not_found(client):
    access.signed_in(client, access.person(Role.ADMINISTRATOR))
    assert client.post(reverse("portal:flow-retry", args=["nothing"])).status_code == 404


def test_administrator_of_one_team_retries_nothing(client, failed):
    access.signed_in(client, access.person(Role.ADMINISTRATOR, team=access.team()))
    place = reverse("portal:flow-retry", args=[NAME])
    assert place not in client.get(reverse("portal:operations")).content.decode()
    assert client.post(place).status_code == 403
    assert failed.get().retry_at is not None
