"""Work that costs money and does not move. Ranks projects, never people. Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from governance.costs.kinds import HintKind
from governance.costs.rules.hints import WINDOW, Hint, Money, said

STILL = dt.timedelta(days=60)  # without a new version, run or case
WAITING = dt.timedelta(days=21)  # for one step of an approval
FEWEST_RUNS = 5
MOST_FAILING = 0.5


@dataclass(frozen=True, slots=True)
class Work:
    """One model: what it cost in the window and when it last moved. Nobody's name is in it."""

    key: str  # MDL-00042
    name: str
    today: dt.date
    moved_on: dt.date
    spend: Money = field(default_factory=dict)
    runs: int = 0  # that ended in the last 90 days
    failed: int = 0
    waiting_since: dt.date | None = None  # the open step of its case
    waiting_for: str = ""  # a role: "risk officer"

    @property
    def spends(self) -> bool:
        return any(units > 0 for units in self.spend.values())


def stuck(work: Work) -> Iterator[Hint]:
    """Yield one hint with every reason, when money goes on."""
    signs = [*_still(work), *_failing(work), *_waiting(work)]
    if signs and work.spends:
        yield Hint(
            HintKind.STUCK,
            work.key,
            f"{work.name} costs money and does not move"[:300],
            (*signs, f"It cost {said(work.spend)} in {WINDOW.days} days"),
            {code: units for code, units in work.spend.items() if units > 0},
            target_key=work.key,
        )


def _still(work: Work) -> Iterator[str]:
    if work.today - work.moved_on >= STILL:
        days = (work.today - work.moved_on).days
        yield f"No new version, run or case for {days} days, since {work.moved_on}"


def _failing(work: Work) -> Iterator[str]:
    if work.runs >= FEWEST_RUNS and work.failed / work.runs > MOST_FAILING:
        yield f"{work.failed} of its last {work.runs} runs failed"


def _waiting(work: Work) -> Iterator[str]:
    if work.waiting_since is not None and work.today - work.waiting_since >= WAITING:
        days = (work.today - work.waiting_since).days
        yield f"Its approval has waited {days} days for a {work.waiting_for}"
