"""Who a token speaks for, how often, and when a session counts as used."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIRequestFactory

from governance.access import commands as access
from governance.access.authentication import token_digest
from governance.access.callers import caller_by
from governance.access.kinds import Role
from governance.access.models import ApiToken, User
from governance.access.throttling import CallerThrottle
from governance.kernel.actor import Holding
from tests.factories import access as make

pytestmark = pytest.mark.django_db


def _token(user: User) -> tuple[ApiToken, str]:
    return access.create_token(actor=make.actor(user), label="tests", scopes=["read"])


def _caller(secret: str):
    now = timezone.now()
    return caller_by(token_digest(secret), now=now, noted_since=now - timedelta(minutes=1))


def test_a_token_speaks_for_its_person_with_all_their_roles() -> None:
    team = make.team()
    user = make.person(Role.DEVELOPER, Role.VALIDATOR, team=team)
    token, secret = _token(user)
    caller = _caller(secret)
    assert (caller.user, caller.token_id, caller.scopes) == (user, token.pk, frozenset({"read"}))
    assert caller.holdings == {
        Holding(Role.DEVELOPER, team.pk),
        Holding(Role.VALIDATOR, team.pk),
    }


def test_a_token_outlives_its_persons_roles_and_opens_nothing_then() -> None:
    user = make.person(Role.AUDITOR)
    _, secret = _token(user)
    user.memberships.all().delete()
    assert _caller(secret).holdings == frozenset()


@pytest.mark.parametrize("change", ["revoked_at", "expires_at", "inactive", "unknown"])
def test_a_token_that_ended_speaks_for_nobody(change: str) -> None:
    user = make.person(Role.AUDITOR)
    token, secret = _token(user)
    past = timezone.now() - timedelta(seconds=1)
    if change == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif change != "unknown":
        ApiToken.objects.filter(pk=token.pk).update(**{change: past})
    assert _caller(secret if change != "unknown" else f"{secret}x") is None


def test_a_token_is_noted_as_used_once_a_minute() -> None:
    token, secret = _token(make.person(Role.AUDITOR))
    assert _caller(secret).unnoted
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now())
    assert not _caller(secret).unnoted


def test_a_caller_waits_for_the_next_window_after_too_many_calls() -> None:
    cache.clear()
    request = APIRequestFactory().get("/")
    request.user = make.person(Role.AUDITOR)
    throttle = CallerThrottle()
    throttle.num_requests, throttle.duration = 3, 60
    throttle.timer = lambda: 1000.0  # type: ignore[method-assign]
    assert [throttle.allow_request(request, None) for _ in range(4)] == [True, True, True, False]
    assert throttle.wait() == 20.0
    throttle.timer = lambda: 1020.0  # type: ignore[method-assign]
    assert throttle.allow_request(request, None)


def test_a_session_is_noted_as_used_once_a_minute(client) -> None:
    cache.clear()
    make.signed_in(client, make.person(Role.AUDITOR))
    client.get("/account/")
    first = UserSession.objects.get().last_seen_at
    client.get("/account/")
    assert UserSession.objects.get().last_seen_at == first
    client.get("/account/", headers={"User-Agent": "another"})
    assert UserSession.objects.get().last_seen_at > first
