"""Who may speak: parts that exclude each other, and the proof of who is speaking. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from governance.approvals.kinds import Capacity
from governance.kernel.actor import Strength
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken

PROOF_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Reauthentication:
    """That a person has just proved again who they are. Made only where a password is checked."""

    person_id: UUID
    at: datetime
    strength: Strength


def check_independent(person_id: UUID, wanted: Capacity, parts: Mapping[UUID, str]) -> None:
    """Refuse a second part in the same round: who built does not judge, who validated does not
    decide, nobody speaks twice. There is no role that this leaves out.
    """
    held = parts.get(person_id)
    if held is None:
        return
    if held == Capacity.BUILT:
        raise NotPermitted(
            "built-it",
            "You built this version, own it, asked for its approval or supplied what it rests on; "
            "somebody independent has to speak here.",
        )
    if held == wanted:
        raise Conflict("said-already", "You have already spoken in this round; that stands.")
    raise NotPermitted(
        "other-part", f"You took part as the one who {held} this round; somebody else decides."
    )


def check_proof(proof: Reauthentication | None, person_id: UUID, now: datetime) -> Strength:
    """Return the strength to record; raises ``NotPermitted`` without this person's fresh proof."""
    if proof is None or proof.person_id != person_id:
        raise NotPermitted("prove-yourself", "Enter your password again to sign this.")
    if not timedelta(0) <= now - proof.at <= PROOF_LASTS:
        raise NotPermitted("proof-stale", "Your password was entered too long ago; enter it again.")
    if proof.strength not in {Strength.PASSWORD, Strength.MFA}:
        raise NotPermitted("proof-weak", "A signature takes a password or a second factor.")
    return proof.strength


def check_closure(
    person_id: UUID, owner_id: UUID, builders: Collection[UUID], note: str, *, is_open: bool
) -> None:
    """Refuse that a condition is closed by its owner, by a builder, twice, or without a word."""
    if not is_open:
        raise Conflict("condition-met", "This condition has been met already.")
    if person_id == owner_id:
        raise NotPermitted("own-condition", "Its owner cannot declare a condition met.")
    if person_id in builders:
        raise NotPermitted("built-it", "Who built the version cannot declare a condition met.")
    if not note.strip():
        raise RuleBroken(
            "note-needed",
            "Say what shows that the condition is met.",
            errors={"note": ["Say what shows that the condition is met."]},
        )
