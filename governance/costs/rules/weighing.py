"""By which whole weights a rule shares: given, counted, or measured with fallbacks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from governance.costs.kinds import Method, Phase
from governance.costs.rules.allocation import COST, EVEN, POOL, UNALLOCATED, SharingRule
from governance.kernel.errors import RuleBroken

_LARGEST_SUM = 2**51  # what ``engine.remainders`` can split; no share is off by 10⁻¹⁵ of the whole


@dataclass(frozen=True, slots=True)
class Weighed:
    """Whole weights by target key, empty when there is nothing to share by.

    ``driver`` is what gave them; ``negative`` the targets whose cost so far is below 0.
    """

    weights: Mapping[str, int] = field(default_factory=dict)
    driver: str = ""
    negative: tuple[str, ...] = ()


def weigh(
    rule: SharingRule,
    drivers: Mapping[str, Mapping[str, int]],
    costs: Mapping[str, int],
) -> Weighed:
    """Return the weights by which ``rule`` shares.

    ``drivers`` are quantities by unit and key (``MDL-00042/v3``, without a phase), ``costs`` what
    targets carry from earlier phases. Raises ``RuleBroken`` for a negative quantity.
    """
    keys = [key for key, _ in rule.targets]
    if rule.method == Method.FIXED:
        return Weighed(whole_weights(dict(rule.targets)), "fixed")
    if rule.method in {Method.DIRECT, Method.EVEN}:
        return Weighed(dict.fromkeys(keys, 1), EVEN)
    first = COST if rule.method == Method.PROPORTIONAL_COST else rule.driver
    for driver in (first, *rule.fallbacks):
        found = _by_driver(rule, driver, drivers, costs)
        if found.weights:
            return found
    return Weighed(driver=first)


def quantity_of(key: str, used: Mapping[str, int]) -> int:
    """Return how much of a driver the target ``key`` used."""
    return _within(_unphased(key), used)


def whole_weights(weights: Mapping[str, Decimal | int]) -> dict[str, int]:
    """Return ``weights`` as whole numbers in the same proportions, without those of 0.

    Their sum stays below 2⁵¹: longer ones lose digits behind the fifteenth of the sum.
    """
    exact = {key: Fraction(weight) for key, weight in weights.items() if weight > 0}
    scale = math.lcm(*(weight.denominator for weight in exact.values()))
    return _cut({key: int(weight * scale) for key, weight in exact.items()})


def _cut(weights: Mapping[str, int]) -> dict[str, int]:
    common = math.gcd(*weights.values()) or 1
    total = sum(weights.values()) // common
    step = 1
    while total // step >= _LARGEST_SUM:
        step *= 10
    cut = {key: weight // common // step for key, weight in weights.items()}
    return {key: weight for key, weight in cut.items() if weight > 0}


def _by_driver(
    rule: SharingRule,
    driver: str,
    drivers: Mapping[str, Mapping[str, int]],
    costs: Mapping[str, int],
) -> Weighed:
    keys = [key for key, _ in rule.targets]
    if driver == EVEN:
        return Weighed(dict.fromkeys(keys, 1), EVEN)
    if driver == COST:
        carried = _carried(keys, costs)
        negative = tuple(sorted(key for key, cost in carried.items() if cost < 0))
        return Weighed(whole_weights(carried), COST, negative)
    used = drivers.get(driver, {})
    if below := sorted(key for key, quantity in used.items() if quantity < 0):
        raise RuleBroken("negative-driver", f"{driver} of {below[0]} is below 0.")
    wanted = {key: quantity_of(key, used) for key in keys} if keys else _versions(rule, used)
    return Weighed(whole_weights(wanted), driver)


def _carried(keys: Sequence[str], costs: Mapping[str, int]) -> dict[str, int]:
    if keys:
        return {key: _within(key, costs) for key in keys}
    apart = (POOL, UNALLOCATED, "organisation")
    return {key: cost for key, cost in costs.items() if not key.startswith(apart)}


def _within(key: str, quantities: Mapping[str, int]) -> int:
    """Return what ``key`` and the keys below it carry: a model has its versions' share."""
    below = f"{key}/"
    return sum(n for name, n in quantities.items() if name == key or name.startswith(below))


def _versions(rule: SharingRule, used: Mapping[str, int]) -> dict[str, int]:
    return {
        f"{key}/{rule.usage_phase}": quantity
        for key, quantity in used.items()
        if key.startswith("MDL-") and "/" in key
    }


def _unphased(key: str) -> str:
    base, _, last = key.rpartition("/")
    return base if base and last in Phase.values else key
