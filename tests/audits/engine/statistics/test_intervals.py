"""Intervals against published or scipy's values, and detectable effects against simulation."""

import numpy as np
import pytest
from scipy import stats

from audits.engine.statistics import calibration, power
from audits.engine.statistics.intervals import newcombe, percentile, ratio, wilson


def test_wilson_equals_scipys():
    expected = stats.binomtest(7, 40).proportion_ci(method="wilson")
    found = wilson(7, 40)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_wilson_stays_between_zero_and_one_and_is_wide_without_rows():
    assert (wilson(0, 10).low, wilson(10, 10).high) == (0.0, 1.0)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_newcombe_gives_the_published_interval():
    """Newcombe 1998, table II (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339."""
    found = newcombe(56, 70, 48, 80)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_ratio_equals_scipys_relative_risk():
    expected = stats.contingency.relative_risk(30, 80, 60, 100).confidence_interval()
    found = ratio(30, 80, 60, 100)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_ratio_with_no_hits_is_finite():
    found = ratio(0, 40, 20, 40)
    assert 0 < found.low < found.high < 1


def test_percentile_of_nothing_is_nothing():
    assert percentile(np.array([np.nan]), 0.95, "bootstrap") is None


def test_ks_detectable_distance_is_found_at_least_as_often_as_promised():
    rng = np.random.default_rng(1)
    effect = power.ks_distance(300, 300, 0.05)
    found = [
        stats.ks_2samp(rng.random(300), rng.random(300) + effect).pvalue < 0.05 for _ in range(200)
    ]
    assert np.mean(found) >= 0.75


def test_cramers_v_detectable_is_found_as_often_as_promised():
    rng = np.random.default_rng(1)
    effect = power.cramers_v(1000, 2, 0.05)
    found = []
    for _ in range(400):
        hits = rng.binomial(500, [0.5 - effect / 2, 0.5 + effect / 2])
        table = np.array([hits, 500 - hits])
        found.append(stats.chi2_contingency(table, correction=False).pvalue < 0.05)
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)


def test_recalibration_finds_the_line_that_bent_the_scores():
    rng = np.random.default_rng(7)
    score = rng.random(20_000) * 0.96 + 0.02
    odds = 0.5 + 1.5 * np.log(score / (1 - score))
    truth = rng.random(20_000) < 1 / (1 + np.exp(-odds))
    line = calibration.recalibration(truth, score)
    assert line is not None
    assert line.slope == pytest.approx(1.5, abs=4 * line.slope_error)
    assert line.intercept == pytest.approx(0.5, abs=4 * line.intercept_error)


def test_scores_that_separate_the_classes_have_no_recalibration_line():
    truth = np.arange(40) >= 20
    assert calibration.recalibration(truth, np.linspace(0.01, 0.99, 40)) is None
    assert calibration.recalibration(truth, np.full(40, 0.3)) is None


def test_expected_calibration_error_by_hand():
    score = np.array([0.1] * 10 + [0.9] * 10)
    truth = np.array([True] * 3 + [False] * 7 + [True] * 8 + [False] * 2)
    found = calibration.bins(truth, score, 2)
    assert calibration.expected_error(found) == pytest.approx((0.2 + 0.1) / 2)
