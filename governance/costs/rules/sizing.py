"""Where machines are larger than their work: proposals with money, never changes. Pure."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from governance.costs.kinds import HintKind
from governance.costs.rules.hints import Hint, Money
from governance.kernel.money import UNIT

LEAST_USED = Fraction(2, 5)  # of what is reserved; below it a smaller machine would do
WELL_USED = Fraction(7, 10)  # what a fitting machine would be used
FEWEST_PEERS = 8  # below this a 95th percentile of peers says nothing
_PEERS = Fraction(95, 100)
_FEWEST_CALLS = 1000 * UNIT


@dataclass(frozen=True, slots=True)
class Machine:
    """Reserved and used seconds of a version's machines by processor (``GPU``, ``CPU``), in units.

    ``used`` lacks a processor nobody reports on: that is unknown, not idle.
    """

    key: str
    name: str
    target_key: str
    calls: int
    spend: Money
    reserved: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)


def oversized(machines: Collection[Machine]) -> Iterator[Hint]:
    """Yield a hint for each version whose machines are too large by use or against their peers."""
    for machine in machines:
        signs: list[str] = []
        share = Fraction(0)
        for unit in sorted(machine.reserved):
            for sign, spared in (*_by_use(machine, unit), *_by_peers(machine, unit, machines)):
                signs.append(sign)
                share = max(share, spared)
        money = {code: int(units * share) for code, units in machine.spend.items() if units > 0}
        if signs and any(money.values()):
            yield Hint(
                HintKind.OVERSIZED,
                machine.key,
                f"{machine.name} has larger machines than its work takes"[:300],
                (*signs, f"About {float(share):.0%} of its serving cost could be spared"),
                money,
                target_key=machine.target_key,
            )


def percentile(values: Sequence[Fraction], share: Fraction = _PEERS) -> Fraction:
    """Return the nearest-rank percentile: the smallest value with ``share`` of them at or below."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _by_use(machine: Machine, unit: str) -> Iterator[tuple[str, Fraction]]:
    reserved = machine.reserved[unit]
    if reserved <= 0 or unit not in machine.used:
        return
    part = Fraction(machine.used[unit], reserved)
    if part < LEAST_USED:
        yield f"{float(part):.0%} of its reserved {unit} time is used", 1 - part / WELL_USED


def _by_peers(
    machine: Machine, unit: str, machines: Collection[Machine]
) -> Iterator[tuple[str, Fraction]]:
    own = _for_each_call(machine, unit)
    others = [_for_each_call(one, unit) for one in machines if one.key != machine.key]
    peers = [one for one in others if one is not None]
    if own is None or len(peers) < FEWEST_PEERS:
        return
    bound = percentile(peers)
    if own > bound:
        times = float(own / bound)
        text = f"{times:.1f} times the {unit} time for a call that 95 % of {len(peers)} peers take"
        yield text, 1 - bound / own


def _for_each_call(machine: Machine, unit: str) -> Fraction | None:
    reserved = machine.reserved.get(unit, 0)
    if reserved <= 0 or machine.calls < _FEWEST_CALLS:
        return None
    return Fraction(reserved, machine.calls)
