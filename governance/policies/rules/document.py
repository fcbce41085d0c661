"""A policy as frozen values, the way the other rules read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What a check that did not pass does to an approval."""

    BLOCKS = "blocks"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Factor:
    """Points by one fact, or by two crossed: ``points`` is nested in the order of ``facts``."""

    key: str
    title: str
    text: str
    facts: tuple[str, ...]
    points: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that must be said before a case ends. ``days`` is its clock."""

    kind: str  # opinion | decision
    role: str
    quorum: int
    days: int


@dataclass(frozen=True, slots=True)
class Tier:
    """``at_least`` is the least sum of points that gives this tier; 1 is the strictest."""

    tier: int
    at_least: int
    title: str
    text: str
    validity_months: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one check must meet in one tier."""

    failing: Effect
    insufficient: Effect
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """``tiers`` holds the tiers that demand this check; in the others it is not asked for."""

    check: str
    title: str
    text: str
    tasks: tuple[str, ...]
    when: str  # always | protected
    tiers: Mapping[int, Requirement]


@dataclass(frozen=True, slots=True)
class Policy:
    """``digest`` is over the canonical JSON of the document, so that spacing does not matter."""

    key: str
    title: str
    summary: str
    sources: tuple[Source, ...]
    tiering_text: str
    factors: tuple[Factor, ...]
    tiers: tuple[Tier, ...]
    evidence_days: int
    checks: tuple[Check, ...]
    digest: str

    def tier(self, number: int) -> Tier:
        """Return the tier; raises ``LookupError`` for one that the policy does not know."""
        for tier in self.tiers:
            if tier.tier == number:
                return tier
        raise LookupError(f"the policy has no tier {number}")
