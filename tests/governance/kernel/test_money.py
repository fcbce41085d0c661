"""Money is whole numbers: read, split, printed and summed without losing a unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.kernel import money
from governance.kernel.money import UNIT

UNITS = st.integers(-money.MOST, money.MOST)
WEIGHTS = st.dictionaries(st.text(max_size=4), st.integers(0, 10**20), min_size=1, max_size=8)


def fair(weights):
    return sum(weights.values()) > 0


def test_the_largest_remainders_get_one_more_ties_by_key_and_the_sign_comes_back():
    assert money.split(-7, {"a": 2, "b": 3, "c": 0, "d": 1}) == {"a": -2, "b": -4, "c": 0, "d": -1}
    thirds = money.split(UNIT, {"a": 1, "b": 1, "c": 1})
    assert [str(part)[-3:] for part in thirds.values()] == ["334", "333", "333"]


@given(UNITS, WEIGHTS.filter(fair))
def test_shares_sum_to_the_amount_and_are_off_by_less_than_a_unit(amount, weights):
    shares, total = money.split(amount, weights), sum(weights.values())
    assert sum(shares.values()) == amount
    for key, share in shares.items():
        assert abs(share * total - amount * weights[key]) < total
        assert weights[key] or share == 0


@given(UNITS, WEIGHTS.filter(fair), st.randoms(use_true_random=False))
def test_the_order_of_targets_and_a_common_factor_change_nothing(amount, weights, random):
    items = [(key, 7 * weight) for key, weight in weights.items()]
    random.shuffle(items)
    assert money.split(amount, dict(items)) == money.split(amount, weights)
    assert money.split(-amount, weights) == {
        key: -share for key, share in money.split(amount, weights).items()
    }


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 2, "b": -1}])
def test_weights_that_share_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        money.split(1, weights)


@given(UNITS)
def test_an_amount_survives_its_text_and_its_decimal(units):
    assert money.from_text(money.to_text(units)) == (units, 0)
    assert money.from_decimal(money.to_decimal(units)) == (units, 0)


def test_more_digits_than_a_default_context_keeps_are_kept():
    text = "12345678901.123456789012345678"
    assert money.to_text(money.from_text(text)[0]) == text


@pytest.mark.parametrize(
    ("text", "units", "left"),
    [
        ("3.7300000000000003e-08", 37300000000, "3E-24"),
        ("0.0000000000000000005", 0, "5E-19"),
        ("0.0000000000000000015", 2, "-5E-19"),
        ("35.2E-7", 3520000000000, "0"),
        ("-.5", -UNIT // 2, "0"),
    ],
)
def test_digits_beyond_eighteen_are_rounded_half_to_even_and_what_is_left_is_told(
    text, units, left
):
    found, rest = money.from_text(text)
    assert (found, rest) == (units, Decimal(left))


@pytest.mark.parametrize(
    "text",
    [
        *("", "1,5", "NaN", "Infinity", "1e999", "٣", "$1", "1 "),
        *("1" * 21, "9" * 20 + "." + "9" * 19, "1" * 300),
    ],
)
def test_what_is_no_plain_number_or_too_large_is_refused(text):
    with pytest.raises(ValueError, match=r"number|amount"):
        money.from_text(text)


@pytest.mark.parametrize(
    ("text", "currency", "said"),
    [
        ("1234.505", "USD", "1,234.50"),
        ("1234.515", "USD", "1,234.52"),
        ("-1234.505", "USD", "-1,234.50"),
        ("1234.5", "JPY", "1,234"),
        ("0.0005", "KWD", "0.000"),
        ("0.0015", "KWD", "0.002"),
    ],
)
def test_statements_round_half_to_even_at_the_minor_unit(text, currency, said):
    assert money.printed(money.from_text(text)[0], currency) == said


LINES = st.dictionaries(st.text(max_size=3), st.integers(-(10**21), 10**21), max_size=8)


@given(LINES, st.sampled_from(["USD", "JPY", "KWD"]))
def test_printed_lines_sum_to_the_printed_total(lines, currency):
    shown = money.statement(lines, currency)
    step = 10 ** (money.PLACES - money.minor_digits(currency))
    assert sum(shown.values()) == money.rounded(sum(lines.values()), currency)
    for key, units in shown.items():
        assert units % step == 0
        assert abs(units - lines[key]) < step


@given(st.dictionaries(st.sampled_from("abc"), LINES, min_size=1), st.sampled_from(["USD", "JPY"]))
def test_in_a_tree_each_level_sums_to_what_the_one_above_printed(teams, currency):
    exact = {team: sum(models.values()) for team, models in teams.items()}
    company = money.statement(exact, currency)
    for team, models in teams.items():
        if models:
            shown = money.statement(models, currency, total=company[team])
            assert sum(shown.values()) == company[team]


def test_a_total_of_other_lines_is_refused():
    with pytest.raises(ValueError, match="not those of this total"):
        money.statement({"a": UNIT}, "USD", total=9 * UNIT)
