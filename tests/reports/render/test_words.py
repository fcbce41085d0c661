import pytest

from reports.render import names, words
from reports.render.figures import Interval, Measure, Threshold
from reports.render.words import (
    amount,
    column,
    instant,
    interval,
    number,
    percent,
    short_code,
    threshold,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8312, "0.831"),
        (1989, "1,989"),
        (-0.5, "\N{MINUS SIGN}0.500"),
        (None, "\N{EN DASH}"),
        (True, "yes"),
        (120_000_000.0, "120,000,000"),
        (0.0042, "0.0042"),
        (12.345, "12.35"),
        (0.0, "0"),
        (0.1, "0.100"),
        ("text", "text"),
    ],
)
def test_numbers_are_set_with_their_telling_digits(value, text):
    assert number(value) == text


def test_very_small_numbers_keep_their_power():
    raised = "\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT FIVE}"
    assert number(0.0000123) == f"1.23 \N{MULTIPLICATION SIGN} 10{raised}"


def test_instants_are_written_out_in_utc():
    assert instant("2026-11-23T07:15:00+01:00") == "23 November 2026, 06:15 UTC"
    assert instant("2026-11-23") == "23 November 2026"
    assert instant("soon") == "soon"


def test_bounds_are_said_in_words_for_their_own_measure():
    bounds = (Threshold("auc", ">=", 0.75), Threshold("brier", "<=", 0.1))
    assert threshold(Measure("auc", 0.8), bounds) == "at least 0.750"
    assert threshold(Measure("other", 0.8), bounds) == ""


def test_intervals_read_from_low_to_high():
    assert interval(Interval(0.1, 0.2, 0.95, "Wilson")) == "0.100 to 0.200"
    assert interval(None) == ""


def test_short_code_is_eight_characters_that_cannot_be_misread():
    code = short_code("ff" * 32)
    assert code == "ZZZZ-ZZZZ"
    assert not set(short_code("0123456789abcdef" * 4)) & set("ILOU")


def test_a_column_keeps_its_points_in_line():
    assert column([0.5, 0, 12.25, None, "a"]) == ["0.50", "0.00", "12.25", "\N{EN DASH}", "a"]
    assert column([1, 2000]) == ["1", "2,000"]
    assert column([0.00001, 0.5]) == ["0.000", "0.500"]
    assert column([0.00001, 0.00002])[0].startswith("1.00")


def test_shares_are_set_in_percent_and_their_bounds_too():
    span = Interval(0.058, 0.1794, 0.95, "Wilson")
    share = Measure("tpr_gap", 0.0816, "share", 55, span)
    assert amount(share) == "8.2 %"
    assert words.span(share) == "5.8 to 17.9 %"
    assert threshold(share, (Threshold("tpr_gap", "<=", 0.1),)) == "at most 10 %"
    assert percent(0.00251) == "0.25 %"


def test_names_of_measures_are_words():
    assert names.full("roc_auc") == "Area under the ROC curve (ROC AUC)"
    assert names.short("roc_auc") == "ROC AUC"
    assert names.full("some_new_thing") == "Some new thing"
    assert names.within("An effect in ks_distance.") == "An effect in “K-S distance”."


@pytest.mark.parametrize("limit", [20, 40, 80])
def test_a_long_text_is_cut_at_a_word_and_says_so(limit):
    text = "The first sentence is short. The second one goes on and on and on without an end."
    cut = words.clamped(text, limit)
    assert len(cut) <= limit
    assert cut.endswith("…")
    assert words.clamped("Short.", limit) == "Short."
