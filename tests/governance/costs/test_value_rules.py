"""What a use costs, what a version costs in full, and what it returns: exact, or said why not."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.costs.kinds import Grade
from governance.costs.rules import claims, lives, value
from governance.costs.rules.lives import Life
from governance.costs.rules.subjects import Subject
from governance.costs.rules.value import Claimed, Loaded, Range
from governance.kernel.errors import RuleBroken
from governance.kernel.ids import new_id
from governance.kernel.money import UNIT

START = dt.date(2026, 1, 1)
END = dt.date(2026, 12, 31)


def _day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def test_a_thousand_predictions_cost_their_part_of_serving():
    found = value.cost_per_thousand(9 * UNIT, 3 * UNIT, 48_000 * UNIT)
    assert found.units == UNIT // 4


def test_a_unit_cost_is_none_with_its_reason_never_nought():
    assert value.cost_per_thousand(UNIT, 0, None).reason == "no predictions are recorded"
    assert value.cost_per_thousand(UNIT, 0, 999 * UNIT).reason == "fewer than 1,000 predictions"
    assert value.cost_per_thousand(-UNIT, 0, 1000 * UNIT).reason == "credits exceed cost"
    assert value.cost_per_thousand(-UNIT, 0, 1000 * UNIT).units is None


@given(
    cost=st.integers(-(10**30), 10**30),
    days=st.integers(1, 900),
    cuts=st.lists(st.integers(-50, 1000), min_size=2, max_size=6),
    retired=st.none() | st.integers(0, 950),
)
def test_periods_bear_a_training_cost_exactly_once(cost, days, cuts, retired):
    life = Life(START, _day(days), None if retired is None else _day(retired))
    edges = [_day(-60), *map(_day, sorted(cuts)), _day(1100)]
    parts = [lives.amortise(cost, life, a, b) for a, b in itertools.pairwise(edges)]
    assert sum(part.in_period + part.written_off for part in parts) == cost
    assert parts[-1].left == 0


def test_what_is_left_at_retirement_is_written_off_on_a_line_of_its_own():
    life = Life(START, _day(100), retired=_day(25))
    found = lives.amortise(400, life, _day(20), _day(50))
    assert (found.in_period, found.written_off, found.left) == (20, 300, 0)
    after = lives.amortise(400, life, _day(50), _day(100))
    assert (after.in_period, after.written_off, after.left) == (0, 0, 0)


def test_retirement_after_the_planned_life_writes_off_nothing():
    life = Life(START, _day(10), retired=_day(30))
    assert lives.amortise(400, life, _day(20), _day(50)).written_off == 0


def _claim(point: int, grade: Grade = Grade.A, **changes) -> Claimed:
    fields = {"attested": True, **changes}
    return Claimed(grade, START, _day(10), Range(point // 2, point, point * 2), **fields)


def test_a_claim_counts_by_its_share_and_its_days():
    claim = _claim(1000, share=2500)
    assert value.in_period(claim, _day(4), _day(6)) == Range(25, 50, 100)
    assert value.in_period(claim, _day(20), _day(30)) == Range()
    assert value.in_period(claim, _day(6), _day(4)) == Range()


def test_unattested_claims_stay_out_of_the_total():
    found = value.benefit([_claim(1000), _claim(500, attested=False)], START, _day(10))
    assert found.total == Range(500, 1000, 2000)


def test_grades_are_summed_only_beside_their_split():
    claims = [_claim(1000), _claim(10, Grade.C), _claim(1, Grade.C)]
    found = value.benefit(claims, START, _day(10))
    assert found.by_grade == {Grade.A: Range(500, 1000, 2000), Grade.C: Range(5, 11, 22)}
    assert found.weakest is Grade.C


def test_what_nobody_attested_is_told_beside_the_benefit_and_not_within_it():
    found = value.gain([_claim(1000), _claim(500, attested=False)], START, _day(10))
    assert found.benefit.total == Range(500, 1000, 2000)
    assert found.unattested == Range(250, 500, 1000)


@pytest.mark.parametrize("named", [(), ("model", "version"), ("model", "version", "use_case")])
def test_a_claim_is_on_one_thing(named):
    subject = Subject(**{f"{name}_id": new_id() for name in named})
    with pytest.raises(RuleBroken):
        claims.check_subject(subject)


def test_a_model_that_was_retired_by_then_had_no_part_in_its_use_cases_benefit():
    early, late, living = (new_id() for _ in range(3))
    serving = {early: START, late: _day(1), living: None}
    assert claims.bearers(START, serving) == {late, living}
    assert claims.bearers(_day(1), serving) == {living}


def test_a_return_is_low_point_and_high():
    gained = value.benefit([_claim(3000)], START, _day(10))
    found = value.roi(gained, 2000)
    assert (found.low, found.point, found.high) == (
        Decimal("-0.2500"),
        Decimal("0.5000"),
        Decimal("2.0000"),
    )


def test_a_return_needs_a_cost_and_an_attested_benefit():
    gained = value.benefit([_claim(3000)], START, _day(10))
    assert value.roi(gained, 0).reason == "no cost is recorded"
    assert value.roi(gained, -5).reason == "credits exceed cost"
    assert value.roi(value.benefit([], START, _day(10)), 5).reason == "no benefit is attested"


def test_a_loaded_cost_is_the_sum_of_its_lines():
    found = Loaded(1, 2, 3, 4, 5) + Loaded(serving=10)
    assert (found.total, found.serving) == (25, 14)
