"""Work that costs money and does not move. Ranks projects, never people. Pure."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from governance.costs.kinds import HintKind
from governance.costs.rules import progress
from governance.costs.rules.hints import WINDOW, Hint, Money, said
from governance.costs.rules.progress import Attempt, Building, Stage
from governance.kernel.money import UNIT

STILL = dt.timedelta(days=60)  # without a new version, run or case
WAITING = dt.timedelta(days=21)  # for one step of an approval
WAITING_ON_ONE = dt.timedelta(days=7)  # when no second person could give it
FEWEST_RUNS = 5
MOST_FAILING = 0.5
MOST_UNNOTED = 10  # runs without a note
LEAST_HELD = 10 * 3600 * UNIT  # GPU seconds of the window; below it nobody is asked
IDLE = 0.1  # of the GPU seconds held that were used


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
    waiting_people: int = 2  # who could give it
    unnoted: int = 0  # runs since anybody wrote anything down
    noted_on: dt.date | None = None
    held: int = 0  # GPU seconds reserved in the window, in units
    used: int | None = None  # of them; None when nobody reports
    attempts: Sequence[Attempt] = ()
    building: Building = field(default_factory=Building)
    stage: Stage | None = None

    @property
    def spends(self) -> bool:
        return any(units > 0 for units in self.spend.values())


def stuck(work: Work) -> Iterator[Hint]:
    """Yield one hint with every reason, when money goes on."""
    signs = [
        *_still(work),
        *progress.no_better(work.attempts, work.building, work.today),
        *progress.dearer_steps(work.attempts, work.building),
        *progress.slow_stage(work.stage, work.today),
        *_failing(work),
        *_waiting(work),
        *_unnoted(work),
        *_held(work),
    ]
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
    bound = WAITING if work.waiting_people > 1 else WAITING_ON_ONE
    if work.waiting_since is not None and work.today - work.waiting_since >= bound:
        days = (work.today - work.waiting_since).days
        only = {0: ", and nobody may give it", 1: ", and only one person may give it"}
        who = only.get(work.waiting_people, "")
        yield f"Its approval has waited {days} days for a {work.waiting_for}{who}"


def _unnoted(work: Work) -> Iterator[str]:
    if work.unnoted > MOST_UNNOTED:
        since = f" since {work.noted_on}" if work.noted_on else ""
        yield f"{work.unnoted} runs and not one note{since}: neither a change note nor a lesson"


def _held(work: Work) -> Iterator[str]:
    if work.used is not None and work.held >= LEAST_HELD and work.used < work.held * IDLE:
        hours = work.held // (3600 * UNIT)
        yield f"GPUs were held for {hours:,} hours and used for {work.used / work.held:.0%} of them"
