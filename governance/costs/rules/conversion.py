"""Money of one currency read in another, at the rate of its own day. Pure.

Nothing is ever taken at 1.0 for want of a rate: what has none stays in its own currency, and the
reader is told so.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable

from governance.kernel.money import UNIT

MOST_MONTHS = 24  # that one question may cover
BEFORE, YEAR = "before", "year"  # what months may be held against, beside any month
STALE = dt.timedelta(days=7)  # the oldest rate that still speaks for a day: markets have holidays

Quote = tuple[str, str, dt.date, int]


class Rates:
    """Rates by pair and day. Of two for one day the one given later stands."""

    def __init__(self, quotes: Iterable[Quote]) -> None:
        found: dict[tuple[str, str], dict[dt.date, int]] = {}
        for base, target, day, rate in quotes:
            found.setdefault((base, target), {})[day] = rate
        self._rates = {pair: (sorted(days), days) for pair, days in found.items()}

    def converted(self, units: int, base: str, target: str, day: dt.date) -> int | None:
        """Return ``units`` of ``base`` in ``target``, rounded half to even; None without a rate.

        A rate the other way round is divided by, when no direct one is at hand.
        """
        if base == target:
            return units
        if (direct := self._at(base, target, day)) is not None:
            return _quotient(units * direct, UNIT)
        inverse = self._at(target, base, day)
        return _quotient(units * UNIT, inverse) if inverse else None

    def _at(self, base: str, target: str, day: dt.date) -> int | None:
        if (base, target) not in self._rates:
            return None
        days, rates = self._rates[(base, target)]
        place = bisect_right(days, day)
        if not place or day - days[place - 1] > STALE:
            return None
        return rates[days[place - 1]]


def _quotient(product: int, by: int) -> int:
    whole, rest = divmod(product, by)
    return whole + (rest * 2 > by or (rest * 2 == by and whole % 2 == 1))


def month_end(day: dt.date) -> dt.date:
    """Return the last day of the month of ``day``."""
    return next_month(day) - dt.timedelta(days=1)


def next_month(day: dt.date) -> dt.date:
    """Return the first day of the month after that of ``day``."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def months_before(day: dt.date, count: int) -> dt.date:
    """Return the first day of the month that lies ``count`` months before that of ``day``."""
    place = day.year * 12 + day.month - 1 - count
    return dt.date(place // 12, place % 12 + 1, 1)


def months_between(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Return the months from one first day to another, 24 at most; none when it lies before."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(months_before(first, -place) for place in range(min(count, MOST_MONTHS)))


def compared_months(months: tuple[dt.date, ...], asked: str) -> tuple[dt.date, ...]:
    """Return as many months as ``months`` has: just ``before``, a ``year`` before, or from a month.

    ``asked`` is one of these words or a month as 2026-01; anything else asks for none.
    """
    if not months or not asked:
        return ()
    if asked in (BEFORE, YEAR):
        back = 12 if asked == YEAR else len(months)
        return tuple(months_before(month, back) for month in months)
    try:
        first = dt.date.fromisoformat(f"{asked}-01")
    except ValueError:
        return ()
    return tuple(months_before(first, -place) for place in range(len(months)))
