"""How somebody signed in decides how strong their word is."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import RequestFactory

from governance.access.actors import actor_for_session
from governance.access.kinds import Role
from governance.kernel.actor import Strength
from tests.factories import access as make

pytestmark = pytest.mark.django_db


def strength(client, user) -> Strength:
    request = RequestFactory().get("/")
    request.session, request.user = client.session, user
    found = actor_for_session(request)
    assert found is not None
    return found.strength


def sign_in(client, user):
    cache.clear()  # the sign-in form's own limit counts the tests before
    return client.post("/accounts/login/", {"login": user.email, "password": make.PASSWORD})


def code(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def test_a_second_factor_makes_the_session_strong(client) -> None:
    user, secret = make.person(Role.RISK_OFFICER), totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    half_way = sign_in(client, user)
    assert "/accounts/2fa/authenticate/" in half_way["Location"]
    assert client.get("/").status_code == 302  # a password alone opens nothing
    wrong = "000000" if code(secret) != "000000" else "111111"
    assert client.post(half_way["Location"], {"code": wrong}).status_code == 200
    assert client.post(half_way["Location"], {"code": code(secret)}).status_code == 302
    assert client.get("/").status_code == 200
    assert strength(client, user) is Strength.MFA
    assert Authenticator.objects.get().last_used_at is not None


def test_a_password_alone_is_the_weaker_word(client) -> None:
    user = make.person(Role.RISK_OFFICER)
    sign_in(client, user)
    assert client.get("/").status_code == 200
    assert strength(client, user) is Strength.PASSWORD
