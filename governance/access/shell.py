"""What the commands of the shell share: who acts, what a file says, refusals in plain lines."""

import getpass
import sys
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import CommandError
from rest_framework import serializers

from governance.access.actors import actor_for_user
from governance.access.models import Team, User
from governance.kernel.actor import Actor, Strength, Via
from governance.kernel.errors import DomainError

_MOST_BYTES = 4 * 2**20


def person_of(email: str) -> User:
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active account {email!r}.")
    return user


def actor_of(user: User, strength: Strength = Strength.NONE) -> Actor:
    return actor_for_user(user, via=Via.COMMAND, strength=strength)


def team_of(slug: object) -> Team:
    team = Team.objects.filter(slug=str(slug)).first()
    if team is None:
        raise CommandError(f"There is no team {slug!r}; make it with create_team.")
    return team


def password() -> str:
    """Return a password, asked for at a terminal or else read as a line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass()
    return sys.stdin.readline().rstrip("\n")


def read_fields(path: Path) -> dict[str, Any]:
    """Return the mapping that a YAML or JSON file holds."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CommandError(f"{path} is larger than {_MOST_BYTES // 2**20} MB.")
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise CommandError(f"{path} is neither YAML nor JSON: {error}") from error
    if not isinstance(found, dict):
        raise CommandError(f"{path} must hold fields and their values.")
    return found


def checked(form: type[serializers.Serializer[Any]], values: object) -> dict[str, Any]:
    """Return ``values`` as the API's own ``form`` reads them; names every field that is wrong."""
    if not isinstance(values, dict):
        raise CommandError(f"Here fields and their values are needed, not {values!r}.")
    body = form(data=values)
    unknown = sorted(str(name) for name in set(values) - set(body.fields))
    if unknown:
        raise CommandError(f"There are no such fields: {', '.join(unknown)}.")
    if not body.is_valid():
        raise CommandError("\n".join(["Some fields are wrong.", *_faults(body.errors)]))
    return dict(body.validated_data)


def refusal(error: DomainError) -> CommandError:
    """Return a command's refusal as the shell shows it: the message, then each field's own."""
    return CommandError("\n".join([error.message, *_faults(error.errors)]))


def _faults(errors: Any) -> list[str]:
    return [
        f"  {name}: {' '.join(map(str, why)) if isinstance(why, list) else why}"
        for name, why in errors.items()
    ]
