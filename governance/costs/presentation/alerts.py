"""What people are told of a budget's thresholds, as plain text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from governance.kernel.money import printed

if TYPE_CHECKING:
    from governance.costs.models import Budget, BudgetAlert

_WORDS = {"actual": "of it is spent", "forecast": "of it is expected to be spent by its last day"}


def subject_of(budget: "Budget", alerts: Sequence["BudgetAlert"]) -> str:
    highest = max(alert.threshold for alert in alerts)
    return f"Budget of {budget.target.name}: {highest} % is reached"


def body_of(budget: "Budget", alerts: Sequence["BudgetAlert"], url: str) -> str:
    """Return one line for each threshold, with the money behind it."""
    currency = budget.currency
    lines = [
        f"- {alert.threshold} % {_WORDS[alert.measure]}:"
        f" {printed(alert.amount, currency)} {currency}"
        for alert in alerts
    ]
    amount = f"{printed(budget.amount, currency)} {currency} ({budget.basis} cost)"
    return "\n".join(
        [
            f"The budget of {budget.target.name}, {budget.start} to {budget.last}, is {amount}.",
            "",
            *lines,
            "",
            f"How it burns: {url}",
            "",
            "Each threshold is told once for each version of a budget. A budget stops no model.",
        ]
    )
