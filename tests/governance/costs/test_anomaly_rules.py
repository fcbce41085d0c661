"""Anomalies: spread, percent and money must all agree; the lowest target that explains is told."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from governance.costs.rules import anomalies
from governance.costs.rules.anomalies import Reading, causes, read
from governance.kernel.money import UNIT

amounts = st.integers(min_value=-(10**24), max_value=10**24)


def dollars(*values: float) -> list[int]:
    return [round(value * 100) * UNIT // 100 for value in values]


def steady(level: float = 100.0, noise: float = 2.0) -> list[int]:
    rng = np.random.default_rng(7)
    return dollars(*(level + rng.normal(0, noise, 42)))


def moved(change: int, score: float = 9.0) -> Reading:
    return Reading(expected=100 * UNIT, actual=100 * UNIT + change, score=score)


def test_baseline_is_the_weekdays_median_and_scale_the_mad_of_all_residuals() -> None:
    before = steady()
    found = read(before, dollars(150)[0])
    assert found is not None
    window = np.array(before, dtype=float)
    medians = np.array([np.median(window[day::7]) for day in range(7)])
    assert found.expected == pytest.approx(medians[0])
    scale = median_abs_deviation(window - np.tile(medians, 6))
    expected = 0.6745 * abs(found.actual - medians[0]) / max(scale, medians[0] / 100)
    assert found.score == pytest.approx(expected)


@given(st.lists(amounts, min_size=1, max_size=60))
def test_median_and_deviation_equal_scipy(values: list[int]) -> None:
    floats = np.array(values, dtype=float)
    within = {"rel": 1e-9, "abs": 1.0}
    assert anomalies.median(values) == pytest.approx(float(np.median(floats)), **within)
    assert anomalies.deviation(values) == pytest.approx(
        float(median_abs_deviation(floats)), rel=1e-9, abs=1e-9 * 10**24
    )


def test_percent_alone_never_fires() -> None:
    cents = dollars(*[0.10, 0.11] * 21)
    found = read(cents, dollars(0.90)[0])
    assert found is not None
    assert found.score > 3.5
    assert found.change * 100 > found.expected * 25
    assert not found.stands_out(floor=0)  # 80 cents are under the least floor


def test_money_alone_never_fires() -> None:
    found = read(steady(100_000, 1), dollars(110_000)[0])
    assert found is not None
    assert found.score > 3.5
    assert not found.stands_out()  # 10 %


def test_a_noisy_series_does_not_fire_on_a_day_within_its_noise() -> None:
    found = read(steady(100, 40), dollars(165)[0])
    assert found is not None
    assert found.score <= 3.5
    assert not found.stands_out()


def test_all_three_together_fire_up_and_down() -> None:
    for actual in (160, 40):
        found = read(steady(), dollars(actual)[0])
        assert found is not None
        assert found.stands_out(floor=50 * UNIT)
        assert not found.stands_out(floor=70 * UNIT)


def test_a_weekend_is_held_to_weekends() -> None:
    week = [100, 100, 100, 100, 100, 20, 20]
    before = dollars(*(week * 6))
    monday = read(before, dollars(100)[0])
    saturday = read([*before[5:], *dollars(*week[:5])], dollars(100)[0])
    assert monday is not None
    assert monday.score == 0
    assert saturday is not None
    assert saturday.stands_out()


def test_days_that_never_varied_use_one_percent_of_the_median() -> None:
    found = read(dollars(*[100] * 42), dollars(130)[0])
    assert found is not None
    assert found.score == pytest.approx(0.6745 * 30)


def test_first_spend_after_nothing_has_a_score_that_can_be_printed() -> None:
    found = read([0] * 42, dollars(500)[0])
    assert found is not None
    assert found.score == anomalies.MOST
    assert found.stands_out()
    quiet = read([0] * 42, 0)
    assert quiet is not None
    assert quiet.score == 0


def test_without_42_days_nothing_is_said() -> None:
    assert read(steady()[1:], dollars(900)[0]) is None


PARENTS = {"a": "team", "b": "team", "c": "team", "team": "all", "other": "all"}


def told(changes: dict[str, int], firing: list[str]) -> list[str]:
    readings = {key: moved(change * UNIT) for key, change in changes.items()}
    return causes(readings, PARENTS, firing)


def test_the_lowest_target_that_explains_four_fifths_is_told_once() -> None:
    changes = {"a": 90, "b": 10, "c": 0, "team": 100, "other": 2, "all": 102}
    assert told(changes, ["a", "team", "all"]) == ["a"]
    assert told(changes, ["all"]) == ["a"]


def test_what_no_single_child_explains_is_told_at_the_parent() -> None:
    changes = {"a": 35, "b": 35, "c": 30, "team": 100, "other": 0, "all": 100}
    assert told(changes, ["team", "all"]) == ["team"]


def test_opposite_moves_that_hide_each_other_above_are_told_at_the_leaves() -> None:
    changes = {"a": 200, "b": -200, "c": 0, "team": 0, "other": 0, "all": 0}
    assert told(changes, ["a", "b"]) == ["a", "b"]


def test_a_parent_is_not_told_again_when_the_leaves_told_make_up_its_change() -> None:
    changes = {"a": 50, "b": 50, "c": 0, "team": 100, "other": 0, "all": 100}
    assert told(changes, ["a", "b", "team", "all"]) == ["a", "b"]


def test_a_drop_is_explained_by_a_drop() -> None:
    changes = {"a": -90, "b": 5, "c": 0, "team": -85, "other": 0, "all": -85}
    assert told(changes, ["team", "all"]) == ["a"]


def test_nothing_fires_nothing_is_told() -> None:
    assert told({"a": 1, "team": 1, "all": 1}, []) == []


def test_a_step_is_told_on_its_first_day_and_a_move_back_is_another() -> None:
    step = [(date(2026, 1, day), 500 * UNIT) for day in range(5, 20)]
    back = [(date(2026, 1, 21), -500 * UNIT)]
    later = [(date(2026, 1, 29), 500 * UNIT)]
    assert anomalies.beginnings([*later, *step, *back]) == [step[0], *back, *later]
