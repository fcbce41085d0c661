"""Budgets: what may be set, how it burns, and which thresholds are crossed. Pure.

A budget never stops a running model; it says early what will be spent.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from governance.costs.kinds import Basis
from governance.kernel.errors import Conflict, RuleBroken
from governance.kernel.money import MINOR_UNITS, MOST

_DAY = timedelta(days=1)
ACTUAL, FORECAST = "actual", "forecast"
MOST_THRESHOLDS = 10
HIGHEST_PERCENT = 1000
LONGEST_DAYS = 5 * 366


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person asks for; ``start`` to the day before ``end``."""

    start: date
    end: date
    currency: str
    basis: str
    amount: int
    thresholds: tuple[int, ...]
    forecast_threshold: int


@dataclass(frozen=True, slots=True)
class Crossing:
    measure: str
    threshold: int
    amount: int  # what had been spent, or is expected, when it was crossed


@dataclass(frozen=True, slots=True)
class Burn:
    """A budget against its days; a bill counts at the first day of its month.

    ``expected`` is what has settled and what the forecast adds.
    ``elapsed`` days have settled. ``tested_days`` of those still to come stand in the forecast
    itself; beyond them its daily mean is carried on, which no backtest has tried.
    """

    amount: int
    spent: int
    days: int
    elapsed: int
    expected: int | None
    tested_days: int
    carried_days: int

    @property
    def share(self) -> float:
        return self.spent / self.amount

    @property
    def expected_share(self) -> float | None:
        return None if self.expected is None else self.expected / self.amount

    @property
    def straight(self) -> int:
        """What would be spent by now if every day took the same."""
        return self.amount * self.elapsed // self.days

    @property
    def left(self) -> int:
        return self.amount - self.spent


def check_plan(plan: Plan) -> None:
    """Raise ``RuleBroken`` with the fields that cannot stand."""
    errors: dict[str, list[str]] = {}
    if plan.end <= plan.start:
        errors["end"] = ["The end must lie after the start."]
    elif (plan.end - plan.start).days > LONGEST_DAYS:
        errors["end"] = ["A budget covers at most five years."]
    elif plan.basis == Basis.BILLED:
        errors |= _split_months(plan)
    if not 0 < plan.amount <= MOST:
        errors["amount"] = ["A budget is more than 0."]
    if plan.currency not in MINOR_UNITS:
        errors["currency"] = ["This is no ISO 4217 currency."]
    if why := _bad_thresholds(plan.thresholds):
        errors["thresholds"] = [why]
    if not 0 < plan.forecast_threshold <= HIGHEST_PERCENT:
        errors["forecast_threshold"] = [f"A percentage from 1 to {HIGHEST_PERCENT}."]
    if errors:
        raise RuleBroken("budget-invalid", "This budget cannot be set as it is.", errors=errors)


def check_second_person(decides: uuid.UUID, asked: uuid.UUID) -> None:
    if decides == asked:
        message = "Whoever set a budget does not decide on it; somebody else has to."
        raise Conflict("second-person-needed", message, status=403)


def check_transfer(giver: Plan, taker: Plan, amount: int, spent: int) -> None:
    """Raise ``RuleBroken`` unless ``amount`` can move between the two; ``spent`` is the giver's."""
    if (giver.currency, giver.basis) != (taker.currency, taker.basis):
        raise RuleBroken(
            "budgets-differ", "Money moves only between budgets of one currency and one basis."
        )
    if amount <= 0:
        raise RuleBroken("amount-invalid", "Move an amount above 0.", errors=_at("amount"))
    if amount >= giver.amount or giver.amount - amount < spent:
        raise RuleBroken(
            "budget-too-small",
            "The giving budget would be left below what it has already spent, or at nothing.",
            errors=_at("amount"),
        )


def burn(
    plan: Plan, by_day: Mapping[date, int], through: date | None, points: Sequence[tuple[date, int]]
) -> Burn:
    """Return how the budget stands. ``by_day`` is what is published, ``points`` the forecast.

    Until ``through`` costs have settled and count as they are; on later days the forecast speaks,
    since what is known of them is not all yet.
    """
    last = plan.end - timedelta(days=1)
    known = min(through, last) if through is not None else plan.start - timedelta(days=1)
    days, elapsed = (plan.end - plan.start).days, max((known - plan.start).days + 1, 0)
    ahead = [amount for day, amount in points if max(known, plan.start - _DAY) < day <= last]
    carried = max(days - elapsed - len(ahead), 0)
    spent = sum(by_day.values())
    expected = None
    if elapsed == days:
        expected = spent
    elif points:
        settled = sum(amount for day, amount in by_day.items() if day <= known)
        mean = sum(amount for _, amount in points) // len(points)
        expected = max(settled + sum(ahead) + carried * mean, spent)
    return Burn(plan.amount, spent, days, elapsed, expected, len(ahead), carried)


def crossed(plan: Plan, found: Burn) -> list[Crossing]:
    """Return every threshold that is reached, by what was spent and by what is expected."""
    reached = [
        Crossing(ACTUAL, percent, found.spent)
        for percent in plan.thresholds
        if found.spent * 100 >= plan.amount * percent
    ]
    threshold = plan.forecast_threshold
    if found.expected is not None and found.expected * 100 >= plan.amount * threshold:
        reached.append(Crossing(FORECAST, threshold, found.expected))
    return reached


def _split_months(plan: Plan) -> dict[str, list[str]]:
    """A bill is of a month and has no days: a budget of what is billed takes whole months."""
    errors: dict[str, list[str]] = {}
    if plan.start.day != 1:
        errors["start"] = ["Bills come by the month: begin with the first day of one."]
    if plan.end.day != 1:
        errors["end"] = ["Bills come by the month: end with the last day of one."]
    return errors


def _bad_thresholds(thresholds: Iterable[int]) -> str:
    found = list(thresholds)
    if len(found) > MOST_THRESHOLDS:
        return f"At most {MOST_THRESHOLDS} thresholds."
    if any(not 0 < percent <= HIGHEST_PERCENT for percent in found):
        return f"Each threshold is a percentage from 1 to {HIGHEST_PERCENT}."
    if len(set(found)) < len(found):
        return "Each threshold stands once."
    return ""


def _at(field: str) -> dict[str, list[str]]:
    return {field: ["This amount cannot be moved."]}
