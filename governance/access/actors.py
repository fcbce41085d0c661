"""Making the one ``Actor`` value from a signed-in person, a token or an account."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from governance.access.callers import Caller
from governance.access.models import Membership, User
from governance.kernel.actor import Actor, Holding, Strength, Via

_SECOND_FACTOR = "mfa"


def actor_for_user(user: User, *, via: Via, strength: Strength = Strength.NONE) -> Actor:
    """Return the actor of an account acting through ``via``."""
    return Actor(id=user.pk, holdings=_holdings(user), via=via, strength=strength)


def actor_for_token(caller: Caller) -> Actor:
    """Return the actor of a token: its person's roles, narrowed to its scopes."""
    return Actor(
        id=caller.user.pk,
        holdings=caller.holdings,
        via=Via.API,
        strength=Strength.TOKEN,
        scopes=caller.scopes,
    )


def actor_for_session(request: HttpRequest, via: Via = Via.WEB) -> Actor | None:
    """Return the signed-in person's actor, or None; read once for each request."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return None
    methods: Iterable[dict[str, Any]] = request.session.get("account_authentication_methods", [])
    second = any(method.get("method") == _SECOND_FACTOR for method in methods)
    return actor_for_user(user, via=via, strength=Strength.MFA if second else Strength.PASSWORD)


def _holdings(user: User) -> frozenset[Holding]:
    rows = Membership.objects.filter(user=user).values_list("role", "team_id")
    return frozenset(Holding(role, team_id) for role, team_id in rows)
