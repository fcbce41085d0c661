"""What a model costs for each use, what it costs in full, and what it gives back. Pure.

Amounts are whole units of one currency (``kernel.money``), on the effective basis; quantities are
in the same units. A figure that cannot be had is None with the reason, never 0.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

from governance.costs.kinds import Grade
from governance.costs.rules.months import part_within
from governance.kernel.money import UNIT

FEWEST_PREDICTIONS = 1000 * UNIT
SHARE_SCALE = 10_000  # a claim's share has four decimals
_RATIO_SCALE = 10_000


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount in units, or None and why there is none."""

    units: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Low, point and high of one benefit, in units."""

    low: int = 0
    point: int = 0
    high: int = 0

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.point + other.point, self.high + other.high)


PART_NAMES = {  # of what ``Loaded`` holds, in its order
    "training": "Training",
    "written_off": "Written off",
    "validation": "Validation",
    "serving": "Serving",
    "monitoring": "Monitoring",
    "labour": "Labour",
    "licences": "Licences",
    "unphased": "The model as a whole",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that a version cost in a period; what was written off stands on its own line.

    Labour and licences are those of every phase; in training they are borne as training is.
    """

    training: int = 0
    written_off: int = 0
    validation: int = 0
    serving: int = 0
    monitoring: int = 0
    labour: int = 0
    licences: int = 0
    unphased: int = 0  # charged to the model as a whole

    @property
    def total(self) -> int:
        return sum(getattr(self, part.name) for part in fields(self))

    def __add__(self, other: "Loaded") -> "Loaded":
        names = [part.name for part in fields(self)]
        return Loaded(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim as totals read it. ``share`` is its subject's part of the benefit, of 10,000."""

    grade: Grade
    start: date
    end: date
    whole: Range
    share: int = SHARE_SCALE
    attested: bool = False


@dataclass(frozen=True, slots=True)
class Benefit:
    """Attested benefit by grade. There is no total without the split: it is a sum of unlikes."""

    by_grade: Mapping[Grade, Range] = field(default_factory=dict)

    @property
    def total(self) -> Range:
        return sum(self.by_grade.values(), Range())

    @property
    def weakest(self) -> Grade | None:
        """The grade that a total over all of them deserves."""
        return max(self.by_grade, default=None)


@dataclass(frozen=True, slots=True)
class Gain:
    """What claims say of a period. ``unattested`` is told beside the benefit, never within it."""

    benefit: Benefit
    unattested: Range


@dataclass(frozen=True, slots=True)
class Roi:
    """(benefit - loaded cost) / loaded cost, as decimals with four places, or None and why."""

    low: Decimal | None
    point: Decimal | None
    high: Decimal | None
    reason: str = ""


def cost_per_thousand(direct: int, shared: int, predictions: int | None) -> Figure:
    """Return what 1,000 predictions cost: serving, direct and shared, by the predictions made."""
    if predictions is None:
        return Figure(None, "no predictions are recorded")
    if predictions < FEWEST_PREDICTIONS:
        return Figure(None, "fewer than 1,000 predictions")
    if direct + shared < 0:
        return Figure(None, "credits exceed cost")
    return Figure((direct + shared) * FEWEST_PREDICTIONS // predictions)


def in_period(claim: Claimed, start: date, end: date) -> Range:
    """Return a claim's share of the benefit for the days from ``start`` to ``end`` it speaks of."""

    def part(units: int) -> int:
        own = units * claim.share // SHARE_SCALE
        return part_within(own, (claim.start, claim.end), (start, end))

    return Range(part(claim.whole.low), part(claim.whole.point), part(claim.whole.high))


def benefit(claims: Collection[Claimed], start: date, end: date) -> Benefit:
    """Return what attested claims say of a period, by grade; what nobody attested is left out."""
    found: dict[Grade, Range] = {}
    for claim in claims:
        part = in_period(claim, start, end)
        if claim.attested and part != Range():
            found[claim.grade] = found.get(claim.grade, Range()) + part
    return Benefit(dict(sorted(found.items())))


def gain(claims: Collection[Claimed], start: date, end: date) -> Gain:
    """Return what claims say of a period, attested or not yet."""
    waiting = [in_period(claim, start, end) for claim in claims if not claim.attested]
    return Gain(benefit(claims, start, end), sum(waiting, Range()))


def daily(claims: Collection[Claimed]) -> Range:
    """Return the attested benefit of one day, on average over the days that claims speak of.

    Claims of the same days add up; claims that follow each other do not.
    """
    counted = [claim for claim in claims if claim.attested]
    days = _days_of(counted)
    if not days:
        return Range()
    whole = sum((in_period(claim, claim.start, claim.end) for claim in counted), Range())
    return Range(whole.low // days, whole.point // days, whole.high // days)


def roi(gained: Benefit, loaded: int) -> Roi:
    """Return the return on ``loaded``; None without a cost or without any attested benefit."""
    if loaded <= 0:
        reason = "credits exceed cost" if loaded < 0 else "no cost is recorded"
        return Roi(None, None, None, reason)
    if not gained.by_grade:
        return Roi(None, None, None, "no benefit is attested")
    total = gained.total
    return Roi(
        low=_ratio(total.low - loaded, loaded),
        point=_ratio(total.point - loaded, loaded),
        high=_ratio(total.high - loaded, loaded),
    )


def _days_of(claims: Collection[Claimed]) -> int:
    """Return on how many days at least one of ``claims`` speaks."""
    days, reached = 0, date.min
    for claim in sorted(claims, key=lambda one: one.start):
        first = max(claim.start, reached)
        days += max((claim.end - first).days, 0)
        reached = max(reached, claim.end)
    return days


def _ratio(part: int, whole: int) -> Decimal:
    """Round half away from zero, as people do, to four places."""
    scaled = (2 * abs(part) * _RATIO_SCALE + whole) // (2 * whole)
    return Decimal(scaled if part >= 0 else -scaled).scaleb(-4)
