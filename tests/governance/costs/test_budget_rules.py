"""Budgets: what may be set, how they burn, and when a threshold is reached."""

import dataclasses
import uuid
from datetime import date, timedelta

import pytest

from governance.costs.rules import budgets
from governance.costs.rules.budgets import Crossing, Plan
from governance.kernel.errors import Conflict, RuleBroken
from governance.kernel.money import UNIT

PLAN = Plan(
    start=date(2026, 1, 1),
    end=date(2026, 1, 31),
    currency="USD",
    basis="effective",
    amount=300 * UNIT,
    thresholds=(50, 80, 100),
    forecast_threshold=100,
)


def days(first: date, count: int, each: int) -> list[tuple[date, int]]:
    return [(first + timedelta(days=step), each * UNIT) for step in range(count)]


def spent(count: int, each: int) -> dict[date, int]:
    return dict(days(PLAN.start, count, each))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end": date(2026, 1, 1)}, "end"),
        ({"end": date(2040, 1, 1)}, "end"),
        ({"amount": 0}, "amount"),
        ({"currency": "ZZZ"}, "currency"),
        ({"thresholds": (50, 50)}, "thresholds"),
        ({"thresholds": (0,)}, "thresholds"),
        ({"thresholds": tuple(range(1, 12))}, "thresholds"),
        ({"forecast_threshold": 0}, "forecast_threshold"),
        ({"basis": "billed"}, "end"),
        ({"basis": "billed", "start": date(2025, 12, 31), "end": date(2026, 2, 1)}, "start"),
    ],
)
def test_a_plan_that_cannot_stand_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        budgets.check_plan(dataclasses.replace(PLAN, **change))
    assert field in refusal.value.errors


def test_a_sound_plan_stands() -> None:
    budgets.check_plan(PLAN)
    budgets.check_plan(dataclasses.replace(PLAN, basis="billed", end=date(2026, 2, 1)))


def test_nobody_decides_on_a_budget_of_their_own() -> None:
    person = uuid.uuid4()
    with pytest.raises(Conflict):
        budgets.check_second_person(person, person)
    budgets.check_second_person(person, uuid.uuid4())


def test_burn_adds_only_forecast_days_that_are_still_to_come() -> None:
    points = days(date(2026, 1, 6), 30, 10)
    found = budgets.burn(PLAN, spent(10, 10), date(2026, 1, 10), points)
    assert (found.elapsed, found.days, found.tested_days, found.carried_days) == (10, 30, 20, 0)
    assert found.expected == 300 * UNIT
    assert found.straight == 100 * UNIT


def test_days_that_have_not_settled_are_forecast_not_taken_for_all_there_is() -> None:
    by_day = spent(10, 10) | dict(days(date(2026, 1, 11), 2, 1))
    found = budgets.burn(PLAN, by_day, date(2026, 1, 10), days(date(2026, 1, 11), 20, 10))
    assert (found.spent, found.expected) == (102 * UNIT, 300 * UNIT)


def test_what_is_spent_already_is_the_least_that_is_expected() -> None:
    by_day = spent(10, 10) | {date(2026, 1, 11): 900 * UNIT}
    found = budgets.burn(PLAN, by_day, date(2026, 1, 10), days(date(2026, 1, 11), 20, 10))
    assert found.expected == 1000 * UNIT


def test_beyond_the_forecast_its_mean_is_carried_on_and_counted_apart() -> None:
    found = budgets.burn(PLAN, spent(10, 10), date(2026, 1, 10), days(date(2026, 1, 11), 5, 10))
    assert (found.tested_days, found.carried_days) == (5, 15)
    assert found.expected == 300 * UNIT


def test_without_a_forecast_nothing_is_expected_until_the_end() -> None:
    assert budgets.burn(PLAN, {}, date(2026, 1, 10), []).expected is None
    assert budgets.burn(PLAN, spent(1, 7), date(2026, 1, 30), []).expected == 7 * UNIT


def test_a_budget_that_has_not_begun_has_spent_no_day() -> None:
    found = budgets.burn(PLAN, {}, None, days(date(2026, 1, 1), 30, 10))
    assert (found.elapsed, found.expected) == (0, 300 * UNIT)


def test_thresholds_are_reached_at_exactly_their_amount() -> None:
    burned = budgets.burn(PLAN, spent(10, 24), date(2026, 1, 10), [])
    assert budgets.crossed(PLAN, burned) == [
        Crossing("actual", 50, 240 * UNIT),
        Crossing("actual", 80, 240 * UNIT),
    ]
    under = dataclasses.replace(burned, spent=150 * UNIT - 1)
    assert budgets.crossed(PLAN, under) == []


def test_the_forecast_has_a_threshold_of_its_own() -> None:
    found = budgets.burn(PLAN, spent(10, 10), date(2026, 1, 10), days(date(2026, 1, 11), 20, 11))
    assert budgets.crossed(PLAN, found) == [Crossing("forecast", 100, 320 * UNIT)]


def test_money_moves_only_between_budgets_alike_and_not_what_is_spent() -> None:
    other = dataclasses.replace(PLAN, currency="EUR")
    for giver, taker, amount, spent in (
        (PLAN, other, UNIT, 0),
        (PLAN, PLAN, 0, 0),
        (PLAN, PLAN, 300 * UNIT, 0),
        (PLAN, PLAN, 201 * UNIT, 100 * UNIT),
    ):
        with pytest.raises(RuleBroken):
            budgets.check_transfer(giver, taker, amount, spent)
    budgets.check_transfer(PLAN, PLAN, 200 * UNIT, 100 * UNIT)
