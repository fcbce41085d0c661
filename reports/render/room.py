"""How much of each text fits on the first page, which is one page whatever people wrote.

Heights are estimated in points from the number of characters; the estimate is generous, and the
texts are cut in steps until it fits. All of them stand in full in the sections behind, save the
claim: it stands here alone, so it keeps its length and other things give way.
"""

from dataclasses import dataclass
from math import ceil

from reports.render.content import Summary

PAGE = 622.0  # points between the margins of page one, less a reserve
HEAD = 112.0
GLANCE = 4  # up to so many checks stand with their sentences


@dataclass(frozen=True, slots=True)
class Room:
    """Characters for each text, and how many conditions and uses are named."""

    headline: int = 170
    claim: int = 190
    reason: int = 420
    conditions: int = 5
    condition: int = 200
    uses: int = 5
    use: int = 130
    tier: int = 330
    checks: int = 40


STEPS = (
    Room(),
    Room(reason=300, condition=140, use=110, tier=270),
    Room(reason=240, conditions=4, condition=110, uses=4, use=90, tier=230),
    Room(120, 190, 180, 3, 90, 3, 80, 180),
    Room(110, 190, 130, 2, 84, 2, 70, 100, checks=10),
)


def room_for(summary: Summary) -> Room:
    """Return the first step at which everything fits; the last one fits always."""
    return next((step for step in STEPS if _height(summary, step) <= PAGE), STEPS[-1])


def _height(summary: Summary, room: Room) -> float:
    return HEAD + sum(
        (
            _lines(summary.headline, room.headline, 84) * 17 + 5,
            _claim(summary, room),
            _rulings(summary, room),
            _conditions(summary, room),
            _uses(summary, room),
            _tier(summary, room),
            48.0 if summary.figures else 0.0,
            _verdicts(summary, room),
        )
    )


def _lines(text: str, limit: int, across: int) -> int:
    return ceil(min(len(text), limit) / across)


def _claim(summary: Summary, room: Room) -> float:
    if summary.claim is None:
        return 0.0
    return 44.0 + max(45.0, _lines(summary.claim.text, room.claim, 56) * 15.5)


def _rulings(summary: Summary, room: Room) -> float:
    shown = summary.rulings[-3:]
    if not shown:
        return 0.0
    across = {1: 126, 2: 60, 3: 38}[len(shown)]
    return (
        max(
            52.0
            + 11.0 * bool(one.valid_until)
            + (_lines(one.reason, room.reason, across) + 0.6) * 12
            for one in shown
        )
        + 10.0
    )


def _conditions(summary: Summary, room: Room) -> float:
    if not summary.conditions:
        return 0.0
    shown = summary.conditions[: room.conditions]
    more = 12.0 * (len(summary.conditions) > len(shown))
    return 38.0 + more + sum(5.0 + 11.0 * _lines(c.text, room.condition, 62) for c in shown)


def _uses(summary: Summary, room: Room) -> float:
    longest = max(
        (
            sum(1.5 + 11.5 * _lines(line, room.use, 54) for line in side[: room.uses])
            for side in (summary.use, summary.not_use)
        ),
        default=0.0,
    )
    return longest + 28.0 if longest else 0.0


def _tier(summary: Summary, room: Room) -> float:
    if summary.tier is None:
        return 0.0
    return 8.0 + 12.5 * max(1, _lines("; ".join(summary.tier.reasons), room.tier, 110))


def _verdicts(summary: Summary, room: Room) -> float:
    rows = summary.verdicts[: room.checks]
    if len(rows) <= GLANCE:
        return (
            40.0 + sum(6.0 + 11.0 * _lines(row.summary, 400, 58) for row in rows) if rows else 0.0
        )
    return 26.0 + 15.2 * ceil(len(rows) / 2)
