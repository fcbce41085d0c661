"""Who may speak: parts that exclude each other. Pure."""

from collections.abc import Collection, Mapping
from uuid import UUID

from governance.approvals.kinds import Capacity
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken


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
