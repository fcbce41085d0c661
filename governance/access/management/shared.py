"""What the commands about people share: a role as it is written in the shell."""

from django.core.management.base import CommandError

from governance.access.kinds import Role
from governance.access.models import Team
from governance.access.shell import team_of


def role_of(text: str) -> tuple[Role, Team | None]:
    """Return what ``ROLE@TEAM`` names; without a team the whole organisation is meant."""
    name, _, slug = text.partition("@")
    try:
        role = Role(name)
    except ValueError as error:
        known = ", ".join(r.value for r in Role if r is not Role.SYSTEM)
        raise CommandError(f"{name!r} is no role; roles are: {known}.") from error
    return role, team_of(slug) if slug else None
