"""The demo's accounts: made only here, with passwords generated now."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from governance.access import commands as access
from governance.access.actors import actor_for_user
from governance.access.kinds import Permission, Role
from governance.access.models import Team, User
from governance.access.rules import NEVER_BY_TOKEN, READ_SCOPE
from governance.kernel.actor import Strength, Via, system_actor

_PEOPLE = (
    ("dana", "Dana Brandt", (Role.MODEL_OWNER, Role.DEVELOPER)),
    ("viktor", "Viktor Lund", (Role.VALIDATOR,)),
    ("rosa", "Rosa Marin", (Role.RISK_OFFICER,)),
    ("mina", "Mina Okafor", (Role.MANAGER,)),
    ("finn", "Finn Aalto", (Role.FINANCE_ATTESTER,)),
    ("avery", "Avery Stone", (Role.AUDITOR,)),
    ("adam", "Adam Weiss", (Role.ADMINISTRATOR,)),
)
# Money, audit and administration serve the whole organisation, the others their teams.
_OF_ALL = {Role.MANAGER, Role.FINANCE_ATTESTER, Role.AUDITOR, Role.ADMINISTRATOR}
_TEAMS = (("lending", "Retail lending"), ("operations", "Flight operations"))


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str
    password: str
    roles: str
    user: User


def make_people() -> dict[str, Person]:
    """Make two teams and their accounts; who builds and judges holds the role in both teams."""
    actor = system_actor(Via.COMMAND)
    teams = [access.create_team(actor=actor, slug=slug, name=name) for slug, name in _TEAMS]
    return {key: _person(key, name, roles, teams) for key, name, roles in _PEOPLE}


def _person(key: str, name: str, roles: tuple[Role, ...], teams: list[Team]) -> Person:
    actor, password = system_actor(Via.COMMAND), secrets.token_urlsafe(12)
    email = f"{key}@demo.example"
    user = access.create_user(actor=actor, email=email, name=name, password=password)
    for role in roles:
        whole = role in _OF_ALL
        for team in [None] if whole else teams:
            access.grant_role(
                actor=actor, user_id=user.pk, role=role, team_id=team.pk if team else None
            )
    return Person(email, name, password, ", ".join(role.label for role in roles), user)


def client_token(person: Person) -> str:
    """Return the secret of a token that may do all that a pipeline does."""
    actor = actor_for_user(person.user, via=Via.COMMAND, strength=Strength.PASSWORD)
    writing = [p.value for p in Permission if p not in NEVER_BY_TOKEN and not p.is_view]
    _, secret = access.create_token(
        actor=actor, label="training pipeline", scopes=[READ_SCOPE, *writing], days=1
    )
    return secret


def write_down(people: dict[str, Person], path: Path) -> None:
    """Write the accounts to a file that only its owner can read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    lines = [f"{p.email:24} {p.password:20} {p.name} ({p.roles})" for p in people.values()]
    path.write_text("\n".join(["e-mail                   password             who", *lines, ""]))
