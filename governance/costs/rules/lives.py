"""How long a version is meant to be used, and what each period bears of its training. Pure.

A life that is stated anew spreads what is left from that day on: the days before keep what they
bore, as any change of an estimate does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from governance.kernel.errors import RuleBroken

ASSUMED_DAYS = 730  # of a version, when nobody said otherwise
SHORTEST, LONGEST = 1, 3653  # days


@dataclass(frozen=True, slots=True)
class Stated:
    """From ``on``, the life ends on ``end`` (the day after its last)."""

    on: date
    end: date


@dataclass(frozen=True, slots=True)
class Life:
    """A version's planned life, first day to the day after its last; ``retired`` cuts it short."""

    start: date
    end: date
    retired: date | None = None
    stated: Sequence[Stated] = ()  # the earliest first

    @property
    def planned_end(self) -> date:
        """The end as it was last stated, or as it is assumed."""
        return self.stated[-1].end if self.stated else self.end

    @property
    def days(self) -> int:
        return (self.planned_end - self.start).days


@dataclass(frozen=True, slots=True)
class Amortised:
    """A version's training cost as one period bears it; ``left`` is still to come after it."""

    in_period: int
    written_off: int
    left: int


def life_of(start: date, stated: Sequence[tuple[date, int]], retired: date | None) -> Life:
    """Return the life of a version born on ``start``; ``stated``: days of life by when said."""
    said = tuple(Stated(on, start + timedelta(days=days)) for on, days in stated)
    return Life(start, start + timedelta(days=ASSUMED_DAYS), retired, said)


def check_days(days: int, start: date, today: date) -> None:
    """Raise ``RuleBroken`` unless ``days`` from ``start`` lead to a day still to come."""
    if not SHORTEST <= days <= LONGEST:
        message = f"Between {SHORTEST} and {LONGEST:,} days."
    elif start + timedelta(days=days) <= today:
        message = f"It would have ended by {start + timedelta(days=days)}; name more days."
    else:
        return
    raise RuleBroken("bad-life", message, errors={"days": [message]})


def amortise(cost: int, life: Life, start: date, end: date) -> Amortised:
    """Spread ``cost`` over a life day by day, and return what falls from ``start`` to ``end``.

    Periods that follow each other sum to the cost exactly. What is left at retirement is written
    off on that day.
    """
    before, after = _borne(cost, life, start), _borne(cost, life, end)
    written = 0
    if life.retired is not None and start <= life.retired < end:
        written = cost - _elapsed(cost, life, life.retired)
    return Amortised(after - before - written, written, cost - after)


def _borne(cost: int, life: Life, until: date) -> int:
    """What all periods up to ``until`` bore, the write-off included."""
    if life.retired is not None and until > life.retired:
        return cost
    return _elapsed(cost, life, until)


def _elapsed(cost: int, life: Life, until: date) -> int:
    borne, since, end = 0, life.start, life.end
    for change in life.stated:
        if change.on >= until:
            break
        borne += _spread(cost - borne, since, end, change.on)
        since, end = max(since, change.on), change.end
    return borne + _spread(cost - borne, since, end, until)


def _spread(left: int, since: date, end: date, until: date) -> int:
    days = (end - since).days
    if days <= 0:  # its end had come
        return left
    return left * min(max((until - since).days, 0), days) // days
