"""What approvals cost, and which gates never refused anything. Pure.

Hours are what people entered as labour; the price of checks is an estimate at a stated rate; the
cost of delay is an upper bound. Amounts are whole units of a currency (``kernel.money``).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Generic, TypeVar

DAY = 86_400
HOUR = 3600
FEWEST_ASKED = 20  # below this a gate's silence says next to nothing
_RISK = 0.05  # of being wrong about how often a gate that never refused would refuse
Money = Mapping[str, int]
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour on a worker costs from ``start`` on."""

    start: datetime
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Span(Generic[Thing]):
    """A case of a version: everything about the version up to ``decided_at`` is about it."""

    case: Thing
    opened_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What went into a case. ``priced`` seconds of ``seconds`` had a rate on their day."""

    hours: int = 0  # in units
    labour: Money = field(default_factory=dict)
    runs: int = 0
    seconds: float = 0.0
    priced: float = 0.0
    compute: Money = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that can say no. ``asked`` times in the window, it did ``refused`` times."""

    name: str
    kind: str
    asked: int
    refused: int

    @property
    def never(self) -> bool:
        return self.asked > 0 and self.refused == 0

    @property
    def at_most(self) -> float | None:
        """The highest share of refusals that would still let it be silent so often (95 %)."""
        return 1 - _RISK ** (1 / self.asked) if self.never else None

    @property
    def tells(self) -> bool:
        """Whether it was asked often enough for its silence to say something."""
        return self.asked >= FEWEST_ASKED

    @property
    def percent(self) -> int | None:
        """``at_most`` in whole percent, rounded up."""
        return None if self.at_most is None else ceil(self.at_most * 100)


def case_at(spans: Collection[Span[Thing]], at: datetime) -> Thing | None:
    """Return the case that something of ``at`` went into: the first not decided before then.

    What came after the last decision belongs to the last case.
    """
    ordered = sorted(spans, key=lambda span: span.opened_at)
    for span in ordered:
        if span.decided_at is None or span.decided_at >= at:
            return span.case
    return ordered[-1].case if ordered else None


def waited(submitted: datetime | None, decided: datetime | None, now: datetime) -> timedelta:
    """Return how long a case has waited for its reviewers."""
    return max((decided or now) - submitted, timedelta()) if submitted else timedelta()


def delay(wait: timedelta, daily: Money) -> dict[str, int]:
    """Return what waiting kept back at most, had the benefit begun on the first day."""
    seconds = round(wait.total_seconds())
    return {code: units * seconds // DAY for code, units in daily.items() if units > 0}


def price(seconds: float, at: datetime, rates: Iterable[Rate]) -> tuple[str, int] | None:
    """Return what ``seconds`` on a worker cost; None before any rate. ``rates``: latest first."""
    for rate in rates:
        if rate.start <= at:
            return rate.currency, rate.amount * round(seconds) // HOUR
    return None
