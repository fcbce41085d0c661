"""A target's money by day, in one currency. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from governance.costs.rules.months import days_of
from governance.kernel.canonical import digest
from governance.kernel.money import split, to_text

_DAY = timedelta(days=1)
LAG_DAYS = 3  # of a source that names none
ENDED_AFTER = timedelta(days=62)  # an issuer silent for two months has ended


@dataclass(frozen=True, slots=True)
class Daily:
    """``amounts`` in units, one a day from ``start``; days without charges are 0."""

    start: date
    amounts: tuple[int, ...]

    @property
    def last(self) -> date:
        """The last day; the day before ``start`` when there is none."""
        return self.start + timedelta(days=len(self.amounts) - 1)

    @property
    def days(self) -> list[date]:
        return [self.start + timedelta(days=place) for place in range(len(self.amounts))]

    def place(self, day: date) -> int:
        return (day - self.start).days

    def between(self, first: date, end: date) -> int:
        """Return the sum from ``first`` to the day before ``end``."""
        low, high = max(self.place(first), 0), max(self.place(end), 0)
        return sum(self.amounts[low:high])

    def digest(self) -> str:
        """Return what two equal series share, whatever database they were read from."""
        amounts = [to_text(amount) for amount in self.amounts]
        return digest({"start": self.start.isoformat(), "amounts": amounts})


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known of an issuer: the last day whose cost stands, and its sources' habits."""

    through: date
    floor: int = 0
    uses_billed: bool = False  # its EffectiveCost looks unfilled
    by_hand: bool = False


def laid_out(by_day: Mapping[date, int], start: date, through: date) -> Daily:
    """Return the days from ``start`` through ``through``; none when that lies before it."""
    count = max((through - start).days + 1, 0)
    return Daily(start, tuple(by_day.get(start + _DAY * place, 0) for place in range(count)))


def spread(bills: Mapping[date, int], through: date | None) -> Daily:
    """Return bills by month as days through ``through``, the end of a month: each spread evenly.

    A bill has no days of its own; only a forecast, which needs days, reads it so.
    """
    first = min(bills)
    by_day = {
        date.fromisoformat(day): part
        for month, amount in bills.items()
        for day, part in split(amount, {day.isoformat(): 1 for day in days_of(month)}).items()
    }
    return laid_out(by_day, first, first - _DAY if through is None else through)


def settled_through(delivered: date | None, newest: date, lag: int) -> date:
    """Return the last day that stands: ``lag`` days before its delivery, and charged for at all.

    Days after it are not nothing, they are not known yet.
    """
    return newest - _DAY * lag if delivered is None else min(newest, delivered - _DAY * lag)


def common_end(throughs: Iterable[date]) -> date | None:
    """Return the last day that stands for all issuers that still deliver."""
    found = list(throughs)
    if not found:
        return None
    alive = max(found) - ENDED_AFTER
    return min(day for day in found if day >= alive)
