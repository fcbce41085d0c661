"""Whether work gets anywhere: better results, what each step costs, time in a stage. Pure."""

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from governance.costs.rules.hints import Money, said
from governance.costs.rules.sizing import percentile

MOST_RUNS = 5  # without a better result
MOST_DAYS = 90
RISES = 3  # of what a step costs, in a row
RISE = Fraction(101, 100)  # what counts as one: gains are floats, and money is noisy
SLOWER_THAN = Fraction(3, 4)  # of the peers
FEWEST_PEERS = 8  # below this a percentile of peers says nothing


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run's result, by the measure that decides its check; the larger the better."""

    on: dt.date
    value: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Where work stands, since when, and how many days its peers took there."""

    name: str
    since: dt.date
    peers: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Building:
    """Money for experiments and training: of the window, and by day from the beginning.

    ``days`` is in the one currency that most of it is in.
    """

    recent: Money = field(default_factory=dict)
    days: Mapping[dt.date, int] = field(default_factory=dict)
    currency: str = ""

    @property
    def goes_on(self) -> bool:
        return any(units > 0 for units in self.recent.values())

    def between(self, after: dt.date, until: dt.date) -> int:
        """Return what was spent after one day and up to another."""
        return sum(units for day, units in self.days.items() if after < day <= until)


def no_better(attempts: Sequence[Attempt], building: Building, today: dt.date) -> Iterator[str]:
    """Yield a sign when results stand still while building goes on being paid for."""
    steps = bests(attempts)
    if not steps or not building.goes_on:
        return
    best = steps[-1]
    since = sum(one.on > best.on for one in attempts)
    days = (today - best.on).days
    if since >= MOST_RUNS or days >= MOST_DAYS:
        runs = f"{since} run{'' if since == 1 else 's'}"
        yield (
            f"No better result since {best.on}, in {runs} and {days} days, "
            f"while building cost {said(building.recent)}"
        )


def dearer_steps(attempts: Sequence[Attempt], building: Building) -> Iterator[str]:
    """Yield a sign when each of the last steps forward cost more for its gain than the one before.

    Costs are held against each other as fractions: money over gain.
    """
    steps = bests(attempts)
    costs = [
        Fraction(building.between(former.on, best.on)) / Fraction(best.value - former.value)
        for former, best in itertools.pairwise(steps)
    ]
    last = costs[-(RISES + 1) :]
    rising = all(after > before * RISE for before, after in itertools.pairwise(last))
    if len(last) > RISES and rising:
        times = float(last[-1] / last[0]) if last[0] else None
        more = f", {times:.1f} times as much as {RISES} steps before" if times else ""
        yield f"What one unit of gain costs rose {RISES} times in a row{more}"


def slow_stage(stage: Stage | None, today: dt.date) -> Iterator[str]:
    """Yield a sign when work has been in its stage for longer than three in four peers were."""
    if stage is None or len(stage.peers) < FEWEST_PEERS:
        return
    bound = percentile([Fraction(days) for days in stage.peers], SLOWER_THAN)
    days = (today - stage.since).days
    if days > bound:
        yield f"{days} days {stage.name}; three in four peers took at most {bound}"


def bests(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the attempts that were better than all before, the earliest first."""
    found: list[Attempt] = []
    for one in sorted(attempts, key=lambda attempt: attempt.on):
        if not found or one.value > found[-1].value:
            found.append(one)
    return found
