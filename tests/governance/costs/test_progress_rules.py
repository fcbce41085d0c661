"""Whether work gets anywhere: better results, what a step costs, time in a stage."""

import datetime as dt
from dataclasses import replace

import pytest

from governance.costs.rules import stuck
from governance.costs.rules.progress import (
    Attempt,
    Building,
    Stage,
    bests,
    dearer_steps,
    no_better,
    slow_stage,
)
from governance.costs.rules.stuck import Work
from governance.kernel.money import UNIT

TODAY = dt.date(2026, 3, 1)
MONEY = {"USD": 50 * UNIT}


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def tries(*values: float, every: int = 10) -> list[Attempt]:
    """Results, the last of them today."""
    last = len(values) - 1
    return [Attempt(ago((last - n) * every), value) for n, value in enumerate(values)]


PAID = Building({"USD": 50 * UNIT})


def test_only_what_is_better_than_all_before_is_a_step():
    found = bests(tries(0.7, 0.6, 0.7, 0.8, 0.75))
    assert [one.value for one in found] == [0.7, 0.8]


def test_runs_without_a_better_result_are_told_while_building_is_paid_for():
    (sign,) = no_better(tries(0.7, 0.8, 0.7, 0.7, 0.6, 0.8, 0.5), PAID, TODAY)
    assert sign.startswith(f"No better result since {ago(50)}, in 5 runs and 50 days")
    assert "50.00 USD" in sign


def test_days_without_a_better_result_are_told_as_well():
    (sign,) = no_better([Attempt(ago(90), 0.8)], PAID, TODAY)
    assert "in 0 runs and 90 days" in sign


@pytest.mark.parametrize(
    ("attempts", "building"),
    [
        ([], PAID),
        (tries(0.7, 0.8, 0.7, 0.7, 0.7, 0.7), PAID),  # four since the best
        (tries(0.8, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7), Building()),
        (tries(0.8, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7), Building({"USD": -UNIT})),
        ([Attempt(ago(89), 0.8)], PAID),
    ],
)
def test_results_that_get_better_or_cost_nothing_are_left_alone(attempts, building):
    assert list(no_better(attempts, building, TODAY)) == []


def costs(*amounts: int) -> Building:
    """What was spent before each step after the first."""
    last = len(amounts)
    days = {ago((last - n) * 10 - 5 + 0): units for n, units in enumerate(amounts)}
    return Building(MONEY, days, "USD")


def test_steps_that_cost_more_three_times_in_a_row_are_told():
    steps = tries(0.1, 0.2, 0.3, 0.4, 0.5)
    (sign,) = dearer_steps(steps, costs(1, 2, 3, 4))
    assert sign.startswith("What one unit of gain costs rose 3 times in a row, 4.0 times")


@pytest.mark.parametrize("amounts", [(1, 2, 3, 3), (4, 3, 2, 1), (2, 1, 2, 3)])
def test_steps_that_do_not_get_dearer_each_time_are_left_alone(amounts):
    assert list(dearer_steps(tries(0.1, 0.2, 0.3, 0.4, 0.5), costs(*amounts))) == []


def test_a_smaller_gain_for_the_same_money_is_dearer():
    steps = tries(0.0, 0.4, 0.6, 0.7, 0.75)
    assert len(list(dearer_steps(steps, costs(9, 9, 9, 9)))) == 1
    assert list(dearer_steps(steps[:4], costs(9, 9, 9))) == []  # two rises are not three


def test_a_stage_that_lasts_longer_than_three_in_four_peers_took_is_told():
    peers = [10, 12, 14, 16, 18, 20, 90, 99]
    (sign,) = slow_stage(Stage("in review", ago(21), peers), TODAY)
    assert sign == "21 days in review; three in four peers took at most 20"
    assert list(slow_stage(Stage("in review", ago(20), peers), TODAY)) == []
    assert list(slow_stage(Stage("in review", ago(99), peers[:7]), TODAY)) == []
    assert list(slow_stage(None, TODAY)) == []


WORK = Work("MDL-00042", "Loans", TODAY, moved_on=ago(10), spend=MONEY)
WAITS = {"waiting_since": ago(7), "waiting_for": "risk officer"}


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"unnoted": 11, "noted_on": ago(40)}, f"11 runs and not one note since {ago(40)}"),
        ({"unnoted": 11}, "11 runs and not one note: neither"),
        (WAITS | {"waiting_people": 1}, "for a risk officer, and only one person may give it"),
        (WAITS | {"waiting_people": 0}, "and nobody may give it"),
        ({"held": 36_000 * UNIT, "used": 0}, "GPUs were held for 10 hours and used for 0%"),
        ({"attempts": [Attempt(ago(90), 0.8)], "building": PAID}, "No better result since"),
        ({"stage": Stage("in review", ago(9), [1] * 8)}, "9 days in review"),
    ],
)
def test_every_flag_makes_work_stuck_and_says_why(changes, sign):
    (found,) = stuck.stuck(replace(WORK, **changes))
    assert sign in found.signs[0]
    assert found.money == MONEY


@pytest.mark.parametrize(
    "changes",
    [
        {"unnoted": 10},
        WAITS,
        WAITS | {"waiting_people": 1, "waiting_since": ago(6)},
        {"held": 35_999 * UNIT, "used": 0},
        {"held": 36_000 * UNIT, "used": 3600 * UNIT},
        {"held": 36_000 * UNIT, "used": None},
    ],
)
def test_below_its_bound_no_flag_goes_up(changes):
    assert list(stuck.stuck(replace(WORK, **changes))) == []
