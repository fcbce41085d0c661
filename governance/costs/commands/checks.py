"""Steps that the commands of costs share; none of them is a command."""

from typing import Any
from uuid import UUID

from governance.access.models import User
from governance.access.rules import is_person
from governance.kernel.actor import Actor
from governance.kernel.canonical import Json
from governance.kernel.errors import Missing, NotPermitted, RuleBroken
from inventory.catalog.models import ModelVersion, RegisteredModel, UseCase
from inventory.catalog.rules.plain import text_fault

LONGEST_WORDS = 20_000
Work = UseCase | RegisteredModel | ModelVersion  # what costs are spent on, and what pays


def words(name: str, text: str, demand: str, longest: int = LONGEST_WORDS) -> str:
    """Return ``text`` without outer spaces; raises ``RuleBroken`` with ``demand`` for nothing."""
    found = text.strip()
    why = demand if not found else text_fault(found, longest)
    if why:
        raise RuleBroken(f"{name}-needed", why, errors={name: [why]})
    return found


def named(row: Any) -> dict[str, Json]:
    """Return the keys of the work that a row is about, as the ledger keeps them."""
    keys = {name: getattr(row, f"{name}_id") for name in ("use_case", "model", "version")}
    return {name: str(key) if key else None for name, key in keys.items()}


def require_somebody(user_id: UUID, field: str) -> None:
    """Raise ``Missing`` unless this is an active account."""
    if not User.objects.filter(pk=user_id, is_active=True).exists():
        message = "There is no active account of this person."
        raise Missing("no-such-person", message, errors={field: [message]})


def require_signed_in(actor: Actor) -> None:
    """Raise ``NotPermitted`` for tokens and for the service: a person says this themselves."""
    if not is_person(actor):
        raise NotPermitted("person-needed", "A person signed in says this, never a token.")
