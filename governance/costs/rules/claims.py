"""What a claim of benefit has to hold up to, and who may say that it does. Pure."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from governance.costs.kinds import ClaimState, Grade
from governance.costs.rules.subjects import Subject
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken
from governance.kernel.money import MINOR_UNITS, MOST

_LONGEST_BENEFIT = 200
_SHARE_PLACES = 4
COUNTED = frozenset({ClaimState.UNATTESTED, ClaimState.ATTESTED})


@dataclass(frozen=True, slots=True)
class ClaimFields:
    """``low``, ``point`` and ``high`` are the whole benefit of the period, in units.

    ``share`` is the part of it that the claim's subject brings. ``end`` is the day after the last.
    """

    benefit: str
    start: dt.date
    end: dt.date
    method: str
    currency: str
    low: int
    point: int
    high: int
    grade: Grade
    share: Decimal = Decimal(1)
    evidence: str = ""
    experiment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What another claim takes of the same benefit, and when; ``told``: it may be spoken of."""

    start: dt.date
    end: dt.date
    share: Decimal
    told: bool = True


def check_subject(subject: Subject) -> None:
    """Raise ``RuleBroken`` unless a model, a version or a use case is named, and only one."""
    if subject.named != 1:
        raise _bad("model", "Name a model, one of its versions, or a use case: one of the three.")


def bearers(start: dt.date, serving: Mapping[UUID, dt.date | None]) -> set[UUID]:
    """Return which models of a use case its claim from ``start`` on may be owed to.

    ``serving``: all its models, with the day on which they were retired. One that was retired by
    then had no part; every other may have had one.
    """
    return {key for key, retired in serving.items() if retired is None or retired > start}


def check_fields(fields: ClaimFields) -> None:
    """Raise ``RuleBroken`` naming every field that makes no claim."""
    ordered = fields.low <= fields.point <= fields.high
    faults = {
        "benefit": "" if fields.benefit.strip() else "Name the benefit.",
        "method": "" if fields.method.strip() else "Say how it was worked out.",
        "currency": "" if fields.currency in MINOR_UNITS else "Not a currency in use.",
        "end": "" if fields.start < fields.end else "A period ends after it starts.",
        "point": "" if ordered else "Low, point and high stand in this order.",
        "high": "" if max(abs(fields.low), abs(fields.high)) <= MOST else "Too large.",
        "share": _share_fault(fields.share),
    }
    if len(fields.benefit.strip()) > _LONGEST_BENEFIT:
        faults["benefit"] = f"At most {_LONGEST_BENEFIT} characters."
    found = {name: [why] for name, why in faults.items() if why}
    if found:
        raise RuleBroken("bad-claim", next(iter(found.values()))[0], errors=found)


def check_grade(fields: ClaimFields, result: Mapping[str, Any] | None) -> None:
    """Hold a grade to its evidence; ``result`` is the experiment's, None while it runs.

    Grade A takes a concluded experiment whose arms got their planned shares, and no low end above
    nothing where the experiment itself cannot tell the effect from nothing.
    """
    if fields.grade == Grade.B and not fields.evidence.strip():
        raise _bad("evidence", "Grade B rests on a comparison: say where it can be read.")
    if fields.grade != Grade.A:
        return
    if fields.experiment_id is None:
        raise _bad("experiment", "Grade A rests on a randomised experiment or a holdout: name it.")
    if result is None:
        raise _bad("experiment", "This experiment is not concluded; grade A takes its result.")
    if not result["ratio_valid"]:
        raise _bad(
            "experiment",
            "The arms did not get their planned shares (sample ratio mismatch): the assignment is "
            "broken, and its effect is no evidence of grade A.",
        )
    if result["low"] <= 0 <= result["high"] and fields.low > 0:
        raise _bad(
            "low", "The experiment cannot tell its effect from none: the low end is 0 at most."
        )


def check_shares(fields: ClaimFields, others: Collection[Part]) -> None:
    """Refuse that parts of one benefit come to more than the whole on any day.

    What is left, and since when, is said only where all that takes part may be spoken of.
    """
    days = {fields.start, *(part.start for part in others if part.start >= fields.start)}
    for day in sorted(day for day in days if day < fields.end):
        parts = [part for part in others if part.start <= day < part.end]
        taken = sum((part.share for part in parts), Decimal(0))
        if taken + fields.share > 1:
            raise _bad("share", _too_much(fields.benefit.strip(), parts, day, 1 - taken))


def _too_much(benefit: str, parts: Collection[Part], day: dt.date, left: Decimal) -> str:
    if not all(part.told for part in parts):
        return (
            f"With this share, the claims on “{benefit}” would come to more than the whole. Agree "
            "on the shares with whoever attests benefits: not all of these claims are yours to see."
        )
    remains = max(left, Decimal(0)).normalize()
    return (
        f"Other claims take their part of “{benefit}” already; from {day} on {remains:f} of it is "
        "left."
    )


def check_attester(person_id: UUID, maker_id: UUID, builders: Collection[UUID]) -> None:
    """Refuse whoever made the claim, owns what it is about or built a version of that."""
    if person_id == maker_id:
        raise NotPermitted("own-claim", "You made this claim; somebody else attests it.")
    if person_id in builders:
        raise NotPermitted(
            "built-it",
            "You own or built what this claim is about; somebody independent attests its benefit.",
        )


def require_state(state: str, *allowed: ClaimState) -> None:
    if state not in allowed:
        label = ClaimState(state).label.lower()
        raise Conflict("claim-decided", f"This claim is {label} already; that stands.")


def _share_fault(share: Decimal) -> str:
    if not share.is_finite() or not 0 < share <= 1:
        return "More than 0 and at most 1."
    exact = share == share.quantize(Decimal(1).scaleb(-_SHARE_PLACES))
    return "" if exact else "At most four decimals."


def _bad(field: str, message: str) -> RuleBroken:
    return RuleBroken("bad-claim", message, errors={field: [message]})
