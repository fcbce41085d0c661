"""The one rule from number and interval to verdict, at each of its boundaries."""

import math

import numpy as np
import pytest

from audits.engine.checks.performance import PerformanceSettings
from audits.engine.checks.plain import finish, show
from audits.engine.checks.verdicts import ParameterError, Rule, judge, read_settings, worst
from audits.engine.outcome import (
    Axis,
    Figure,
    Interval,
    Measure,
    Outcome,
    Series,
    Table,
    Threshold,
    Verdict,
)

AT_LEAST = Threshold("roc_auc", ">=", 0.7)
AT_MOST = Threshold("ece", "<=", 0.05)
PASS, FAIL, INSUFFICIENT = Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT


def band(low, high):
    return Interval(low, high, 0.95, "test")


@pytest.mark.parametrize(
    ("value", "interval", "threshold", "verdict"),
    [
        (0.8, band(0.75, 0.85), AT_LEAST, PASS),
        (0.8, band(0.70, 0.90), AT_LEAST, PASS),
        (0.8, band(0.699, 0.90), AT_LEAST, INSUFFICIENT),
        (0.69, band(0.65, 0.70), AT_LEAST, INSUFFICIENT),
        (0.65, band(0.60, 0.699), AT_LEAST, FAIL),
        (0.03, band(0.01, 0.05), AT_MOST, PASS),
        (0.03, band(0.01, 0.051), AT_MOST, INSUFFICIENT),
        (0.08, band(0.051, 0.1), AT_MOST, FAIL),
        (0.7, None, AT_LEAST, PASS),
        (0.6999, None, AT_LEAST, FAIL),
        (None, None, AT_LEAST, INSUFFICIENT),
        (math.nan, band(0.8, 0.9), AT_LEAST, INSUFFICIENT),
    ],
)
def test_interval_rule_at_its_boundaries(value, interval, threshold, verdict):
    assert judge(value, interval, threshold, 100, Rule()) is verdict


def test_fewer_rows_than_the_minimum_are_never_a_pass_nor_a_failure():
    assert judge(0.99, band(0.98, 1.0), AT_LEAST, 29, Rule()) is INSUFFICIENT
    assert judge(0.10, band(0.05, 0.2), AT_LEAST, 29, Rule()) is INSUFFICIENT
    assert judge(0.99, band(0.98, 1.0), AT_LEAST, 30, Rule()) is PASS


def test_point_rule_reads_the_number_alone():
    assert judge(0.71, band(0.5, 0.9), AT_LEAST, 100, Rule("point")) is PASS
    assert judge(0.69, band(0.5, 0.9), AT_LEAST, 100, Rule("point")) is FAIL


def test_tolerance_widens_the_pass_for_the_interval_and_not_for_the_number():
    rule = Rule(tolerance=0.05)
    assert judge(0.72, band(0.66, 0.8), AT_LEAST, 100, rule) is PASS
    assert judge(0.69, band(0.66, 0.8), AT_LEAST, 100, rule) is INSUFFICIENT


def test_worst_verdict_counts_and_nothing_judged_is_no_pass():
    assert worst([PASS, INSUFFICIENT, FAIL]) is FAIL
    assert worst([PASS, INSUFFICIENT]) is INSUFFICIENT
    assert worst([]) is INSUFFICIENT


def test_mistyped_parameter_is_refused_rather_than_ignored():
    with pytest.raises(ParameterError, match="unknown parameter treshold"):
        read_settings(PerformanceSettings, {"treshold": 0.9})
    with pytest.raises(ParameterError, match="minimum must be of type int"):
        read_settings(PerformanceSettings, {"minimum": "many"})
    with pytest.raises(ParameterError, match="minimum must be of type int"):
        read_settings(PerformanceSettings, {"minimum": True})
    with pytest.raises(ParameterError, match="rule must be"):
        Rule("vibes")


def test_nothing_that_canonical_json_refuses_leaves_a_check():
    outcome = finish(
        Outcome(
            "x",
            1,
            PASS,
            "s",
            measures=(
                Measure("a", np.float64("nan"), n=np.int64(3), interval=band(math.inf, 1.0)),
                Measure("b", np.float32(1 / 3)),
            ),
            figures=(
                Figure(
                    "f",
                    "line",
                    "t",
                    Axis("x"),
                    Axis("y"),
                    (Series("s", (1.0, 2.0, math.nan), (1.0, math.inf, 3.0)),),
                ),
            ),
            tables=(Table("t", "t", ("a",), ((np.bool_(True),), (np.int64(4),), (math.nan,))),),
        )
    )
    assert len(outcome.digest()) == 64
    assert outcome.measures[0].value is None
    assert outcome.measures[0].interval is None
    assert outcome.figures[0].series[0].x == (1.0,)
    assert outcome.tables[0].rows == ((True,), (4,), (None,))


def test_last_bits_cannot_change_a_digest():
    one = finish(Outcome("x", 1, PASS, "s", (Measure("a", 0.1 + 0.2),)))
    two = finish(Outcome("x", 1, PASS, "s", (Measure("a", 0.3),)))
    assert one.digest() == two.digest()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.8734, "0.873"),
        (12.0, "12"),
        (12.3456, "12.346"),
        (1250.4, "1,250"),
        (None, "not available"),
        (0.0, "0"),
        (100.0, "100"),
    ],
)
def test_numbers_in_sentences(value, text):
    assert show(value) == text
