"""Days that stand out: against their own spread, in percent and in money, all three. Pure.

Percent alone is the greatest source of false alarms: a pound that becomes two is 100 %. Amounts
are units of 10⁻¹⁸, so medians are exact to the unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from governance.kernel.money import UNIT

WINDOW = 42
WEEK = 7
LIMIT = 3.5
TO_SIGMA = 0.6745  # the third quartile of the normal: turns a MAD into a standard deviation
LEAST_PERCENT = 25
EXPLAINS_PERCENT = 80
QUIET_DAYS = 3
LEAST_FLOOR = UNIT  # a source that names no floor still cannot raise an alarm over less
MOST = 999.0  # what a score is printed as when the days before did not vary at all


@dataclass(frozen=True, slots=True)
class Reading:
    """One day of one target against the 42 days before it."""

    expected: int
    actual: int
    score: float

    @property
    def change(self) -> int:
        return self.actual - self.expected

    def stands_out(self, floor: int = 0) -> bool:
        """Return whether all three hold: spread, percent, and money (``floor`` in units)."""
        size = abs(self.change)
        return (
            self.score > LIMIT
            and size * 100 >= abs(self.expected) * LEAST_PERCENT
            and size >= max(floor, LEAST_FLOOR)
        )


def read(before: Sequence[int], actual: int) -> Reading | None:
    """Hold a day to the ``WINDOW`` days before it (oldest first); None without that many.

    Expected is the median of the same weekday; the scale is the MAD of all residuals from their
    weekday medians, at least 1 % of the expected (Iglewicz & Hoaglin 1993 for score and limit).
    """
    if len(before) < WINDOW:
        return None
    window = before[-WINDOW:]
    medians = [median(window[weekday::WEEK]) for weekday in range(WEEK)]
    expected = medians[0]  # 42 days back is the same weekday
    residuals = [value - medians[place % WEEK] for place, value in enumerate(window)]
    scale = max(deviation(residuals), abs(expected) // 100)
    return Reading(expected, actual, _score(actual - expected, scale))


def median(values: Sequence[int]) -> int:
    ranked, middle = sorted(values), len(values) // 2
    return ranked[middle] if len(values) % 2 else (ranked[middle - 1] + ranked[middle]) // 2


def deviation(values: Sequence[int]) -> int:
    """Return the median absolute deviation from the median."""
    centre = median(values)
    return median([abs(value - centre) for value in values])


def causes(
    readings: Mapping[str, Reading], parents: Mapping[str, str], firing: Sequence[str]
) -> list[str]:
    """Return the keys to report: for each target that fires the lowest one that explains it.

    ``parents`` leads from a key to the one above. Leaves fire for themselves, so that opposite
    moves, which hide each other above, are found; a parent whose change those below already tell
    is not told again.
    """
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    found = {_lowest(key, readings, children) for key in firing}
    return sorted(key for key in found if not _told_below(key, found, readings, parents))


def beginnings(days: Iterable[tuple[date, int]]) -> list[tuple[date, int]]:
    """Return the days (with their change) that begin something; the others go on with it.

    A cost that steps up stands out for weeks, until the medians follow: that is told once. A day
    goes on with one before it that moved the same way at most ``QUIET_DAYS`` earlier.
    """
    latest: dict[bool, date] = {}
    found = []
    for day, change in sorted(days):
        before = latest.get(change > 0)
        if before is None or (day - before).days > QUIET_DAYS:
            found.append((day, change))
        latest[change > 0] = day
    return found


def _lowest(
    key: str, readings: Mapping[str, Reading], children: Mapping[str, Sequence[str]]
) -> str:
    while True:
        whole = readings[key].change
        below = [one for one in children.get(key, ()) if one in readings]
        best = max(below, key=lambda one: _along(readings[one].change, whole), default=None)
        if best is None or not _explains(readings[best].change, whole):
            return key
        key = best


def _told_below(
    key: str,
    found: set[str],
    readings: Mapping[str, Reading],
    parents: Mapping[str, str],
) -> bool:
    nearest = [one for one in found if _next_found(one, found, parents) == key]
    return bool(nearest) and _explains(
        sum(readings[one].change for one in nearest), readings[key].change
    )


def _next_found(key: str, found: set[str], parents: Mapping[str, str]) -> str | None:
    above = parents.get(key)
    while above is not None and above not in found:
        above = parents.get(above)
    return above


def _along(part: int, whole: int) -> int:
    return part if whole > 0 else -part


def _explains(part: int, whole: int) -> bool:
    return whole != 0 and _along(part, whole) * 100 >= abs(whole) * EXPLAINS_PERCENT


def _score(change: int, scale: int) -> float:
    if not change:
        return 0.0
    return min(TO_SIGMA * abs(change) / scale, MOST) if scale else MOST
