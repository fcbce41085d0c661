"""How money of one currency was read in another, in a line below the figures."""

from governance.costs.querysets.summary import Summary
from governance.costs.rules.conversion import STALE


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
