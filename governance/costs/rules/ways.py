"""The ways that a line's money took, put together again out of a run's charges.

A charge tells its own way only. All charges of one slice in one part make a tree: at every fork
the weights sum to what they are weights of. Where rules changed inside the month, or a correction
was shared by another month's rules, several trees are mixed; the day of a line tells which is its.
"""

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from governance.costs.rules.allocation import SharingRule
from governance.costs.rules.matching import Described, matches
from governance.costs.rules.naming import Directory, charged_to
from governance.kernel import money

_BY_HAND = ""  # in place of a rule: a person named the target


class UnclearError(Exception):
    """Charges that do not make one tree."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One rule on a way. ``weight`` of ``total`` went to ``target``."""

    rule: str
    target: str
    weight: int
    total: int
    driver: str


@dataclass(frozen=True, slots=True)
class Way:
    """Where money ended: ``target`` paid, who is not the last step's once that one retired."""

    steps: tuple[Taken, ...]
    target: str

    @property
    def last(self) -> Taken | None:
        return self.steps[-1] if self.steps else None


@dataclass(frozen=True, slots=True)
class Fork:
    """``branches`` by ascending key, which decides ties, each with its weight."""

    total: int
    branches: tuple[tuple[int, "Tree"], ...]


Tree = Fork | Way


def read_way(path: Sequence[Mapping[str, Any]], target: str) -> Way:
    """Return the way that a stored charge's ``path`` writes down."""
    return Way(
        tuple(
            Taken(
                rule=step["rule"],
                target=step["target"],
                weight=int(step["weight"]),
                total=int(step["weight_sum"]),
                driver=step["driver"],
            )
            for step in path
        ),
        target,
    )


class Choice(Protocol):
    """Says, of what charges mix, what is a line's."""

    def rule(self, rules: Sequence[str], *, may_end: bool) -> str | None: ...

    def payer(self, ways: Sequence[Way]) -> Way: ...


class Certain:
    """There is nothing to choose, or it is unclear."""

    def rule(self, rules: Sequence[str], *, may_end: bool) -> str | None:
        if len(rules) + may_end != 1:
            raise UnclearError
        return rules[0] if rules else None

    def payer(self, ways: Sequence[Way]) -> Way:
        if len(ways) != 1:
            raise UnclearError
        return ways[0]


@dataclass(frozen=True, slots=True)
class OnDay:
    """Of one line: ``rules`` are those of its month, in order, by their keys in ways."""

    line: Described
    rules: Mapping[str, SharingRule]
    directory: Directory

    def rule(self, rules: Sequence[str], *, may_end: bool) -> str | None:
        if list(rules) == [_BY_HAND]:
            return _BY_HAND
        found = [key for key in self.rules if key in rules and self._takes(self.rules[key])]
        if not found and not may_end:
            raise UnclearError
        return found[0] if found else None

    def payer(self, ways: Sequence[Way]) -> Way:
        if len(ways) == 1:
            return ways[0]
        pays = {charged_to(way.last.target, self._day, self.directory) for way in ways if way.last}
        found = [way for way in ways if way.target in pays]
        return Certain().payer(found)

    def _takes(self, rule: SharingRule) -> bool:
        begun = rule.valid_from is None or self._day >= rule.valid_from
        over = rule.valid_to is not None and self._day >= rule.valid_to
        return begun and not over and matches(rule.matcher, self.line)

    @property
    def _day(self) -> dt.date:
        return self.line.charged


def grow(ways: Sequence[Way], choice: Choice, depth: int = 0) -> Tree:
    """Return the tree that ``ways`` make from their step ``depth`` on; raises ``UnclearError``."""
    ended = [way for way in ways if len(way.steps) == depth]
    onward = [way for way in ways if len(way.steps) > depth]
    rules = sorted({way.steps[depth].rule for way in onward})
    rule = choice.rule(rules, may_end=bool(ended))
    if rule is None:
        return choice.payer(ended)
    return _fork([way for way in onward if way.steps[depth].rule == rule], choice, depth)


def _fork(ways: Sequence[Way], choice: Choice, depth: int) -> Tree:
    by_key: dict[str, list[Way]] = {}
    for way in ways:
        by_key.setdefault(way.steps[depth].target, []).append(way)
    shares = {(way.steps[depth].target, way.steps[depth].weight) for way in ways}
    totals = {way.steps[depth].total for way in ways}
    if len(shares) != len(by_key) or totals != {sum(weight for _, weight in shares)}:
        raise UnclearError
    branches = tuple(
        (weight, grow(by_key[key], choice, depth + 1)) for key, weight in sorted(shares)
    )
    return branches[0][1] if len(branches) == 1 else Fork(totals.pop(), branches)


def ends(tree: Tree, share: Fraction = Fraction(1)) -> Iterator[tuple[Way, Fraction]]:
    """Yield where ``tree`` ends, from left to right, each with its exact part of the whole."""
    if isinstance(tree, Way):
        yield tree, share
        return
    for weight, branch in tree.branches:
        yield from ends(branch, share * weight / tree.total)


def ratios(tree: Tree) -> list[tuple[Way, int]]:
    """Return each end's part in units of 10⁻¹⁸, apportioned so that they sum to exactly 1."""
    found = list(ends(tree))
    scale = math.lcm(*(share.denominator for _, share in found))
    keys = [f"{way.target}\x00{place:09d}" for place, (way, _) in enumerate(found)]
    weights = {key: int(share * scale) for key, (_, share) in zip(keys, found, strict=True)}
    parts = money.split(money.UNIT, weights)
    return [(way, parts[key]) for key, (way, _) in zip(keys, found, strict=True)]


def share_of(tree: Tree, way: Way, amount: int) -> int:
    """Return what ``way`` gets of a line's ``amount``, in units; 0 where it is not the line's."""
    if isinstance(tree, Way):
        return amount if tree == way else 0
    named = {f"{place:09d}": branch for place, branch in enumerate(tree.branches)}
    parts = money.split(amount, {key: weight for key, (weight, _) in named.items()})
    found = [key for key, (_, branch) in named.items() if any(w == way for w, _ in ends(branch))]
    return sum(share_of(named[key][1], way, parts[key]) for key in found)


@dataclass(slots=True)
class Forest:
    """Trees as rows: every fork and end numbered, the same tree once."""

    edges: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    ends: list[tuple[int, Way, int, bool]] = field(default_factory=list)
    _roots: dict[Tree, int] = field(default_factory=dict)
    _count: int = 0

    def plant(self, tree: Tree) -> int:
        """Return the number of the tree's root.

        ``edges`` are (node, position, weight, total, child), ``ends`` (node, way, ratio, split).
        """
        if tree not in self._roots:
            parts = iter(ratios(tree))
            self._roots[tree] = self._number(tree, parts, split=isinstance(tree, Fork))
        return self._roots[tree]

    def _number(self, tree: Tree, parts: Iterator[tuple[Way, int]], *, split: bool) -> int:
        self._count += 1
        node = self._count
        if isinstance(tree, Way):
            way, ratio = next(parts)
            self.ends.append((node, way, ratio, split))
            return node
        for position, (weight, branch) in enumerate(tree.branches):
            child = self._number(branch, parts, split=split)
            self.edges.append((node, position, weight, tree.total, child))
        return node
