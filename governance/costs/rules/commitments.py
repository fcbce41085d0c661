"""Whether what was bought in advance was used up over its whole term, and what can be said before.

For one commitment, effective cost of usage (used and unused) sums to the billed cost of purchases
over the whole term only. Pure.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from governance.costs.kinds import TermState
from governance.costs.rules.months import next_month
from governance.kernel.money import printed

_ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """``start`` and ``end`` (the day after) as the Contract Commitment dataset says; None: unsaid.

    ``months`` are units bought (billed) and used (effective), by billing month.
    """

    commitment: str
    currency: str
    start: dt.date | None = None
    end: dt.date | None = None
    months: Mapping[dt.date, tuple[int, int]] = field(default_factory=dict)

    @property
    def bought(self) -> int:
        return sum(bought for bought, _ in self.months.values())

    @property
    def used(self) -> int:
        return sum(used for _, used in self.months.values())

    @property
    def last_day(self) -> dt.date | None:
        return self.end - _ONE if self.end else None

    def unknown_months(self, published: Mapping[dt.date, object]) -> list[dt.date]:
        """Return the months of the term for which no run speaks."""
        return [month for month in self._all_months() if month not in published]

    def _all_months(self) -> Iterator[dt.date]:
        if self.start is None or self.last_day is None:
            return
        month = self.start.replace(day=1)
        while month <= self.last_day:
            yield month
            month = next_month(month)


@dataclass(frozen=True, slots=True)
class Finding:
    """``words`` say it to people; ``holds`` is None before the term is over or known."""

    state: TermState
    words: str
    holds: bool | None = None


def judge(term: Term, through: dt.date, unknown: list[dt.date]) -> Finding:
    """Return how ``term`` stands after the month ``through``; of ``unknown`` ones no run speaks."""
    last = term.last_day
    if last is None:
        words = "its term is not known: import the Contract Commitment dataset"
        return Finding(TermState.UNKNOWN, words)
    if last >= next_month(through):
        return Finding(TermState.OPEN, f"open until {last}")
    if unknown:
        words = f"ended on {last}; no published run for {unknown[0]:%Y-%m}"
        return Finding(
            TermState.OPEN, f"{words} and {len(unknown) - 1} more" if unknown[1:] else words
        )
    if term.bought == term.used:
        return Finding(TermState.WHOLE, f"ended on {last}, used up exactly", holds=True)
    gap = f"{printed(term.used - term.bought, term.currency)} {term.currency}"
    return Finding(TermState.DIFFERS, f"ended on {last}; used less bought is {gap}", holds=False)
