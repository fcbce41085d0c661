"""Numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.kernel.ids import number_in, public_id


@given(st.integers(0, 10**15 - 1))
def test_a_public_id_is_read_as_it_was_written(number) -> None:
    assert number_in(public_id("MDL", number), "MDL") == number


@pytest.mark.parametrize("text", ["RUN-00042", "run-42", "  RUN-42 ", "RUN-" + "0" * 50 + "42"])
def test_the_same_number_however_it_is_typed(text) -> None:
    assert number_in(text, "RUN") == 42


@pytest.mark.parametrize(
    "text",
    ["", "RUN-", "²", "RUN-²", "RUN-٣", "RUN-" + "9" * 16, "9" * 5000, "RUN--1", "MDL-42", "x42"],
)
def test_what_is_no_number_of_that_kind_is_none(text) -> None:
    assert number_in(text, "RUN", bare=True) is None


def test_a_plain_number_counts_only_where_it_is_asked_for() -> None:
    assert number_in("42", "RUN") is None
    assert number_in("42", "RUN", bare=True) == 42
