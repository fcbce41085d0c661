"""Teams, people and their ways in."""

import itertools
import uuid

from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from governance.access import commands as access
from governance.access.actors import actor_for_user
from governance.access.kinds import Role
from governance.access.models import Team, User
from governance.access.proofs import Reauthentication
from governance.access.rules import token_scopes
from governance.kernel.actor import Actor, Strength, Via, system_actor

PASSWORD = "correct horse battery staple"
_count = itertools.count(1)


def team(slug: str = "") -> Team:
    slug = slug or f"team-{next(_count)}-{uuid.uuid4().hex[:6]}"
    return access.create_team(actor=system_actor(Via.COMMAND), slug=slug, name=slug.title())


def person(*roles: Role | str, team: Team | None = None, name: str = "") -> User:
    """An account with ``roles``, in ``team`` or (None) in the whole organisation."""
    number = next(_count)
    user = access.create_user(
        actor=system_actor(Via.COMMAND),
        email=f"person-{number}-{uuid.uuid4().hex[:6]}@example.org",
        name=name or f"Person {number}",
        password=PASSWORD,
    )
    for role in roles:
        access.grant_role(
            actor=system_actor(Via.COMMAND),
            user_id=user.pk,
            role=Role(role),
            team_id=team.pk if team else None,
        )
    return user


def actor(user: User, via: Via = Via.WEB, strength: Strength = Strength.PASSWORD) -> Actor:
    return actor_for_user(user, via=via, strength=strength)


def proof(who: User | Actor) -> Reauthentication:
    """That ``who`` has just typed the password again."""
    return Reauthentication(who.id, timezone.now(), Strength.PASSWORD)


def api_client(user: User, scopes: list[str] | None = None) -> APIClient:
    """A client with a real token; ``scopes`` None gives every scope that a token may carry."""
    wanted = list(token_scopes()) if scopes is None else scopes
    _, secret = access.create_token(actor=actor(user), label="tests", scopes=wanted, days=30)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
