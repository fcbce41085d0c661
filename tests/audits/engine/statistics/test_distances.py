"""Distances against scipy, and against Evidently to 1e-9: the fast path may not differ."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from audits.engine.checks import _evidently as evidently
from audits.engine.statistics import distances
from audits.engine.statistics.multiplicity import benjamini_hochberg, holm


def _samples(kind):
    rng = np.random.default_rng(6)
    if kind == "continuous":
        return rng.normal(0, 1, 1200), rng.normal(0.3, 1.2, 900)
    if kind == "few values":
        return rng.integers(0, 9, 1200).astype(float), rng.integers(0, 10, 900).astype(float)
    return np.round(rng.gamma(2, 3, 1200), 1), np.round(rng.gamma(2, 3.5, 900), 1)  # ties


@pytest.mark.parametrize("kind", ["continuous", "few values", "ties"])
def test_ks_and_wasserstein_equal_scipys(kind):
    left, right = _samples(kind)
    two = distances.pair(left, right)
    expected = stats.ks_2samp(left, right)
    assert distances.ks(two) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)
    area = stats.wasserstein_distance(left, right) / left.std()
    assert distances.wasserstein_normed(two, float(left.std())) == pytest.approx(area, rel=1e-9)


def test_ks_of_large_samples_equals_scipys_asymptotic_p_value():
    rng = np.random.default_rng(2)
    left, right = rng.normal(0, 1, 12_000), rng.normal(0.03, 1, 11_000)
    expected = stats.ks_2samp(left, right)
    found = distances.ks(distances.pair(left, right))
    assert found == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)


@pytest.mark.parametrize("kind", ["continuous", "few values", "ties"])
def test_number_scores_equal_evidentlys(kind):
    left, right = _samples(kind)
    two = distances.pair(left, right)
    shares = distances.number_shares(two)
    own = {
        "ks": distances.ks(two)[1],
        "wasserstein": distances.wasserstein_normed(two, float(np.std(left))),
        "psi": distances.psi(*shares),
        "jensenshannon": distances.jensen_shannon(*shares),
    }
    for method, value in own.items():
        frames = pd.DataFrame({"x": left}), pd.DataFrame({"x": right})
        found = evidently.drift(*frames, {"x": (method, True)})
        assert value == pytest.approx(found["x"], rel=1e-9, abs=1e-12), method


@pytest.mark.parametrize("method", ["chisquare", "jensenshannon", "psi"])
def test_category_scores_equal_evidentlys(method):
    rng = np.random.default_rng(3)
    left, right = rng.integers(0, 5, 1500), rng.integers(0, 6, 700) // 1
    counts = [np.bincount(v, minlength=6) for v in (left, right)]
    shares = [c / c.sum() for c in counts]
    own = {
        "chisquare": lambda: distances.chi_square(*counts),
        "jensenshannon": lambda: distances.jensen_shannon(*shares),
        "psi": lambda: distances.psi(*shares),
    }[method]()
    frames = pd.DataFrame({"x": left}), pd.DataFrame({"x": right})
    found = evidently.drift(*frames, {"x": (method, False)})
    assert own == pytest.approx(found["x"], rel=1e-9, abs=1e-12)


def test_psi_by_deciles_is_the_banks_formula():
    reference = np.arange(1, 101, dtype=float)
    current = np.repeat(np.arange(1, 11, dtype=float), 10)
    two = distances.pair(reference, current)
    expected = (1 - 0.1) * np.log(1 / 0.1) + 9 * (0.0001 - 0.1) * np.log(0.0001 / 0.1)
    assert distances.psi_deciles(two) == pytest.approx(expected, rel=0.02)
    assert distances.psi_deciles(distances.pair(reference, reference)) == 0.0


def test_cramers_v_by_hand():
    value, p_value = distances.homogeneity(np.array([60, 40]), np.array([40, 60]))
    assert value == pytest.approx(0.2)
    assert p_value == pytest.approx(stats.chi2.sf(8.0, 1))


def test_one_category_cannot_drift():
    assert distances.homogeneity(np.array([10]), np.array([20])) == (0.0, 1.0)


def test_corrections_equal_scipys_and_hand_computed_values():
    p_values = np.array([0.01, 0.04, 0.03, 0.5])
    assert holm(p_values) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values))
