"""The small shapes that every kind of report uses. Pure."""

from collections.abc import Iterable
from datetime import datetime

from reports.render import content as c


def instant(moment: datetime | None) -> str:
    """Return a moment (UTC) as contents write it; empty for none."""
    return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(items: Iterable[c.Fact], title: str = "", evidence: str = "") -> c.Facts:
    """Return the facts that say something; an empty one is left out."""
    return c.Facts(tuple(item for item in items if item.value), title, evidence)
