"""Who is acting: one frozen value, passed to every command by every door."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Via(StrEnum):
    WEB = "web"
    API = "api"
    TASK = "task"
    COMMAND = "command"


class Strength(StrEnum):
    """How the actor proved who they are, weakest first."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105 - a name, not a secret
    PASSWORD = "password"  # noqa: S105
    MFA = "password and second factor"


@dataclass(frozen=True, slots=True)
class Holding:
    """A role held in one team, or in the whole organisation when ``team_id`` is None."""

    role: str
    team_id: UUID | None


@dataclass(frozen=True, slots=True)
class Actor:
    """``scopes`` is None for a person; for an API token it names what the token may do."""

    id: UUID
    holdings: frozenset[Holding]
    via: Via
    strength: Strength = Strength.NONE
    scopes: frozenset[str] | None = None

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(holding.role for holding in self.holdings)

    @property
    def is_token(self) -> bool:
        return self.scopes is not None


SYSTEM_ID = UUID("00000000-0000-4000-8000-000000000001")
SYSTEM_ROLE = "system"


def system_actor(via: Via = Via.TASK) -> Actor:
    """Return the actor of what the service does by itself, following an event."""
    return Actor(id=SYSTEM_ID, holdings=frozenset({Holding(SYSTEM_ROLE, None)}), via=via)
