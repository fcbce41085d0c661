"""Rates of exchange as rows of a file, and how money was read by them, in a line below figures."""

from collections.abc import Iterable, Iterator
from typing import Any

from governance.costs.models import FxRate
from governance.costs.querysets.summary import Summary
from governance.costs.rules.conversion import STALE
from governance.kernel.money import to_text

COLUMNS = ("Day", "For one", "Of", "Rate", "Published by", "Recorded", "By")


def rate_rows(rows: Iterable[FxRate]) -> Iterator[list[Any]]:
    for row in rows:
        pair = [row.day, row.base, row.target, to_text(row.rate)]
        yield [*pair, row.origin, row.recorded_at.isoformat(), row.recorded_by.name]


def rates_note(found: Summary) -> str:
    """Say at which rates foreign money was read; empty when there was none."""
    if not found.converted:
        return ""
    dated = "the last day of its month" if found.question.at_month_end else "the day of each charge"
    return (
        f"{', '.join(found.converted)} is read in {found.currency} at the rate of {dated}. A day "
        f"without a rate takes the latest of the {STALE.days} days before it; where only the other "
        "way round is known, it is divided by."
    )
