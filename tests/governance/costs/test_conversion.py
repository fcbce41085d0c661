"""Rates: of their own day, never assumed, exact. And printed tables that add up."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.costs.rules.conversion import Rates, month_end, months_before, next_month
from governance.costs.rules.statements import apportioned
from governance.kernel.money import UNIT, from_text, rounded

MONDAY = dt.date(2026, 1, 5)


def rates(*quotes: tuple[str, str, dt.date, str]) -> Rates:
    return Rates((base, to, day, from_text(rate)[0]) for base, to, day, rate in quotes)


def test_the_rate_of_the_day_is_taken_and_before_it_the_last_one_known() -> None:
    known = rates(("EUR", "USD", MONDAY, "1.1"), ("EUR", "USD", MONDAY + dt.timedelta(2), "1.2"))
    assert known.converted(10 * UNIT, "EUR", "USD", MONDAY) == 11 * UNIT
    assert known.converted(10 * UNIT, "EUR", "USD", MONDAY + dt.timedelta(1)) == 11 * UNIT
    assert known.converted(10 * UNIT, "EUR", "USD", MONDAY + dt.timedelta(2)) == 12 * UNIT


@pytest.mark.parametrize("days", [-1, 8, 400])
def test_no_rate_of_about_that_day_converts_nothing(days: int) -> None:
    known = rates(("EUR", "USD", MONDAY, "1.1"))
    assert known.converted(UNIT, "EUR", "USD", MONDAY + dt.timedelta(days)) is None


def test_a_pair_that_nobody_recorded_converts_nothing() -> None:
    assert rates().converted(UNIT, "EUR", "USD", MONDAY) is None
    assert rates(("EUR", "USD", MONDAY, "1.1")).converted(UNIT, "JPY", "USD", MONDAY) is None


def test_the_rate_the_other_way_round_divides() -> None:
    known = rates(("USD", "EUR", MONDAY, "0.8"))
    assert known.converted(8 * UNIT, "EUR", "USD", MONDAY) == 10 * UNIT
    assert known.converted(-UNIT, "EUR", "USD", MONDAY) == -UNIT * 10 // 8


def test_of_two_rates_for_a_day_the_later_recorded_stands() -> None:
    known = rates(("EUR", "USD", MONDAY, "1.1"), ("EUR", "USD", MONDAY, "1.5"))
    assert known.converted(2 * UNIT, "EUR", "USD", MONDAY) == 3 * UNIT


def test_months_are_counted_over_the_turn_of_a_year() -> None:
    assert next_month(dt.date(2026, 12, 31)) == dt.date(2027, 1, 1)
    assert month_end(dt.date(2026, 2, 3)) == dt.date(2026, 2, 28)
    assert months_before(dt.date(2026, 2, 1), 14) == dt.date(2024, 12, 1)


AMOUNTS = st.integers(min_value=-(10**24), max_value=10**24)
TABLES = st.dictionaries(
    st.integers(0, 8),
    st.dictionaries(st.sampled_from(["2026-01", "2026-02", "2026-03"]), AMOUNTS),
    max_size=6,
)


@given(TABLES, st.sampled_from(["USD", "JPY", "KWD"]))
def test_printed_lines_columns_and_total_always_add_up(cells, currency: str) -> None:
    made = apportioned(cells, currency)
    assert sum(made.rows.values()) == made.total == sum(made.columns.values())
    for column, printed in made.columns.items():
        assert sum(row.get(column, 0) for row in made.cells.values()) == printed
    assert made.total == rounded(sum(sum(row.values()) for row in cells.values()), currency)
