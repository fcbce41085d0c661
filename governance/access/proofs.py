"""The proof of who is speaking, made anew for every signature. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from governance.kernel.actor import Strength
from governance.kernel.errors import NotPermitted

PROOF_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Reauthentication:
    """That a person has just proved again who they are. Made only where a password is checked."""

    person_id: UUID
    at: datetime
    strength: Strength


def check_proof(proof: Reauthentication | None, person_id: UUID, now: datetime) -> Strength:
    """Return the strength to record; raises ``NotPermitted`` without this person's fresh proof."""
    if proof is None or proof.person_id != person_id:
        raise NotPermitted("prove-yourself", "Enter your password again to sign this.")
    if not timedelta(0) <= now - proof.at <= PROOF_LASTS:
        raise NotPermitted("proof-stale", "Your password was entered too long ago; enter it again.")
    if proof.strength not in {Strength.PASSWORD, Strength.MFA}:
        raise NotPermitted("proof-weak", "A signature takes a password or a second factor.")
    return proof.strength
