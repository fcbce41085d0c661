"""Known events: what will change a cost and does not stand in its history. Pure.

A retraining, a planned endpoint, a retirement: each a term of its own beside the series, with its
name, so that a reader can take it away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from governance.kernel.errors import RuleBroken
from governance.kernel.money import MOST

MOST_EVENTS = 20
LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True)
class Known:
    """``daily`` units a day from ``start`` to the day before ``end``; less than 0 for savings."""

    label: str
    start: date
    end: date
    daily: int

    def within(self, first: date, end: date) -> int:
        """Return its money from ``first`` to the day before ``end``."""
        days = (min(self.end, end) - max(self.start, first)).days
        return self.daily * max(days, 0)

    def on(self, day: date) -> int:
        return self.daily if self.start <= day < self.end else 0


def check_events(events: Sequence[Known]) -> None:
    """Raise ``RuleBroken`` with each event that cannot stand."""
    reasons = [f"{one.label or 'An event'}: {why}" for one in events if (why := _fault(one))]
    if len(events) > MOST_EVENTS:
        reasons.append(f"At most {MOST_EVENTS} events.")
    if reasons:
        raise RuleBroken("events-invalid", " ".join(reasons), errors={"events": reasons})


def still_ahead(events: Iterable[Known], cutoff: date) -> tuple[Known, ...]:
    """Return the events that the next forecast, made from ``cutoff``, takes over.

    One that has begun is in the history by then and would be counted twice.
    """
    return tuple(one for one in events if one.start > cutoff)


def _fault(one: Known) -> str:
    if not one.label.strip() or len(one.label) > LONGEST_LABEL:
        return f"name it in at most {LONGEST_LABEL} characters."
    if one.end <= one.start:
        return "its end must lie after its start."
    return "" if 0 < abs(one.daily) <= MOST else "it needs an amount a day."
