"""Every route is a door in the table, and each opens only for whom the table says."""

import uuid

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from governance.access.doors import Door, Through, admits, doors, entrance
from governance.access.kinds import Permission, Role
from tests.factories import access as make

ROLES = [role for role in Role if role is not Role.SYSTEM]


def routes() -> dict[str, list[str]]:
    """Every view name of the site, with the names of its path's parameters."""
    found: dict[str, list[str]] = {}

    def walk(patterns, namespace: str, parameters: list[str]) -> None:
        for pattern in patterns:
            names = [*parameters, *pattern.pattern.converters, *pattern.pattern.regex.groupindex]
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                walk(pattern.url_patterns, inner, names)
            elif isinstance(pattern, URLPattern):
                found[namespace + (pattern.name or repr(pattern))] = sorted(set(names))

    walk(get_resolver().url_patterns, "", [])
    return found


# allauth has routes for what this product does not offer; they stay shut.
SHUT = {
    "account_signup",
    "account_signup_by_passkey",
    "account_email",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_confirm_login_code",
    "account_request_login_code",
    "account_verify_phone",
    "account_change_phone",
    "mfa_signup_webauthn",
    "mfa_trust",
}


def test_every_route_is_in_the_table_or_shut_on_purpose() -> None:
    undeclared = set(routes()) - set(doors()) - SHUT
    assert not undeclared


def test_the_table_names_no_route_that_is_gone() -> None:
    assert set(doors()) - set(routes()) == set()


def test_only_these_doors_are_public() -> None:
    public = {
        name
        for name, door in doors().items()
        if Door.PUBLIC in ((door.read, door.write) if isinstance(door, Through) else (door,))
    }
    assert {name for name in public if not name.startswith(("account_", "mfa_"))} == {
        "portal:health",
        "portal:ready",
        "api:unknown",
        "documents:report-verify",
        "documents:report-verify-code",
        "api:report-verify",
    }


def _ours() -> list[str]:
    return sorted(name for name in doors() if ":" in name)


@pytest.mark.django_db
@pytest.mark.parametrize("name", _ours())
def test_a_stranger_is_sent_to_sign_in_or_refused(client, name) -> None:
    if entrance(name, "GET") is Door.PUBLIC:
        return
    parameters = routes()[name]
    answer = client.get(_url(name, parameters))
    if name.startswith("api:"):
        assert answer.status_code in {401, 405}
    else:
        assert answer.status_code in {302, 405}
        assert "/accounts/login/" in answer.get("Location", "/accounts/login/")


def _url(name: str, parameters: list[str]) -> str:
    values = {}
    for parameter in parameters:
        if parameter in {"seq", "number"}:
            values[parameter] = 1
        elif parameter in {"action", "name", "slug", "kind"}:
            values[parameter] = "x"
        else:
            values[parameter] = uuid.uuid4()
    return reverse(name, kwargs=values)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_role_passes_exactly_the_doors_that_the_table_opens_for_it(client, role) -> None:
    user = make.person(role, team=make.team())
    actor = make.actor(user)
    make.signed_in(client, user)
    for name in _ours():
        for method in ("get", "post"):
            door = entrance(name, method.upper())
            if door is Door.PUBLIC:
                continue
            answer = getattr(client, method)(_url(name, routes()[name]))
            refused = answer.status_code == 403
            if not admits(door, actor):
                assert refused, (name, method, answer.status_code)
            elif door is Permission.LEDGER_VIEW:  # of the organisation; this role is of one team
                assert refused or method == "post", (name, method, answer.status_code)
            elif isinstance(door, Permission):
                assert not refused or method == "post", (name, method, answer.status_code)
            assert answer.status_code < 500, (name, method)
