"""How much a model can harm, before any control: points with their reasons, then a tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from governance.kernel.canonical import Json
from governance.kernel.errors import RuleBroken
from governance.policies.kinds import fact_label
from governance.policies.rules.document import Factor, Policy

Facts = Mapping[str, str | bool]


class Tierable(Protocol):
    """A registered model and its use case, as far as tiering reads them."""

    @property
    def complexity(self) -> Any: ...

    @property
    def use_case(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Point:
    """``because`` names the facts that gave the points, in plain words."""

    factor: str
    title: str
    points: int
    because: str

    def to_json(self) -> dict[str, Json]:
        return {
            "factor": self.factor,
            "title": self.title,
            "points": self.points,
            "because": self.because,
        }


@dataclass(frozen=True, slots=True)
class Tiering:
    tier: int
    total: int
    reasons: tuple[Point, ...]


def facts_of(model: Tierable) -> dict[str, str | bool]:
    """Return what tiering needs to know of a registered model."""
    use = model.use_case
    return {
        "exposure": use.exposure,
        "purpose": use.purpose,
        "autonomy": use.autonomy,
        "personal_data": use.personal_data,
        "reach": use.reach,
        "complexity": model.complexity,
    }


def tier_of(policy: Policy, facts: Facts) -> Tiering:
    """Return the inherent tier with the reason for each point.

    Raises ``RuleBroken`` when a fact is unknown to the policy: a model is never tiered by guessing.
    """
    reasons = tuple(_point(factor, facts) for factor in policy.factors)
    total = sum(reason.points for reason in reasons)
    tier = next(tier.tier for tier in policy.tiers if total >= tier.at_least)
    return Tiering(tier, total, reasons)


def _point(factor: Factor, facts: Facts) -> Point:
    found: Any = factor.points
    said = []
    for name in factor.facts:
        value = _word(facts.get(name, ""))
        said.append(f"{name.replace('_', ' ')}: {fact_label(name, value).lower()}")
        try:
            found = found[value]
        except KeyError:
            raise RuleBroken(
                "tier-unknown",
                f"The policy gives no points for {name} “{value}”, so the tier cannot be told.",
            ) from None
    return Point(factor.key, factor.title, found, ", ".join(said))


def _word(value: str | bool) -> str:  # noqa: FBT001
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
