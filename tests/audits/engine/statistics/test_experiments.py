"""Effects, sample ratios and looks, held to statsmodels, scipy, published tables and simulation."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from audits.engine.statistics import experiments, sequential
from audits.engine.statistics.experiments import Counts, Sample


def test_a_difference_of_shares_equals_statsmodels():
    found = experiments.difference_of_shares(Counts(1000, 130), Counts(1200, 118))
    low, high = confint_proportions_2indep(130, 1000, 118, 1200, method="newcomb")
    _, p = proportions_ztest([130, 118], [1000, 1200])
    assert (found.low, found.high, found.p) == pytest.approx((low, high, p))
    assert found.value == pytest.approx(0.13 - 118 / 1200)


def test_few_successes_are_tested_exactly():
    found = experiments.difference_of_shares(Counts(40, 3), Counts(40, 0))
    assert found.p == pytest.approx(stats.fisher_exact([[3, 37], [0, 40]]).pvalue)
    assert found.test_method == "Fisher's exact test"


def test_no_success_at_all_is_no_evidence():
    assert experiments.difference_of_shares(Counts(40, 0), Counts(40, 0)).p == 1.0


def _drawn(seed: int, size: int, mean: float, sd: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, sd, size)


def _sample(values: np.ndarray) -> Sample:
    return Sample(len(values), float(values.mean()), float(values.std(ddof=1)))


def test_a_difference_of_means_equals_welchs_of_statsmodels_and_scipy():
    one, two = _drawn(1, 80, 5.4, 2.0), _drawn(2, 200, 5.0, 1.1)
    found = experiments.difference_of_means(_sample(one), _sample(two), alpha=0.1)
    compare = CompareMeans(DescrStatsW(one), DescrStatsW(two))
    assert (found.low, found.high) == pytest.approx(
        compare.tconfint_diff(alpha=0.1, usevar="unequal")
    )
    assert found.p == pytest.approx(stats.ttest_ind(one, two, equal_var=False).pvalue)


def test_means_without_any_spread_differ_or_do_not():
    same, other = Sample(10, 1.0, 0.0), Sample(10, 2.0, 0.0)
    assert experiments.difference_of_means(same, same).p == 1.0
    assert experiments.difference_of_means(other, same).p == 0.0


def test_a_sample_ratio_equals_the_chi_square_written_out():
    found = experiments.sample_ratio([5100, 4900], [0.5, 0.5])
    assert found.statistic == pytest.approx(2 * 100**2 / 5000)
    assert found.p == pytest.approx(math.erfc(math.sqrt(found.statistic / 2)))
    assert found.valid


def test_arms_that_did_not_get_their_shares_are_found():
    assert not experiments.sample_ratio([5300, 4700], [0.5, 0.5]).valid
    assert experiments.sample_ratio([900, 100], [0.9, 0.1]).valid
    assert not experiments.sample_ratio([0, 0], [0.5, 0.5]).valid


@pytest.mark.parametrize(
    ("looks", "published"),
    [(1, 0.050), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248)],
)
def test_looking_often_raises_false_alarms_as_published(looks, published):
    """Armitage, McPherson and Rowe 1969, table 2, at 5 %."""
    assert sequential.false_alarm(looks, 0.05) == pytest.approx(published, abs=6e-4)


@pytest.mark.parametrize(("looks", "constant"), [(2, 2.178), (3, 2.289), (5, 2.413), (10, 2.555)])
def test_the_correction_is_pococks(looks, constant):
    """Pocock 1977, table 1, at 5 %: the bound that each look's z-value has to pass."""
    nominal = sequential.nominal_alpha(looks, 0.05)
    assert stats.norm.isf(nominal / 2) == pytest.approx(constant, abs=1e-3)
    assert sequential.corrected(nominal, looks) == pytest.approx(0.05, abs=1e-9)


def test_a_corrected_p_is_never_below_the_nominal_nor_above_one():
    for p in (0.0, 1e-12, 1e-6, 0.02, 0.5, 1.0):
        assert p <= sequential.corrected(p, 7) <= 1.0


def test_false_alarms_equal_a_simulation():
    steps = np.random.default_rng(3).normal(size=(40_000, 4)).cumsum(axis=1)
    crossed = (np.abs(steps / np.sqrt(np.arange(1, 5))) > stats.norm.isf(0.025)).any(axis=1)
    assert sequential.false_alarm(4, 0.05) == pytest.approx(crossed.mean(), abs=0.006)


def test_one_look_leaves_the_nominal_p_as_it_is():
    found = experiments.read(Counts(1000, 130), Counts(1000, 100), 0.05, planned=1, looks=1)
    assert found.nominal_trusted
    assert not found.peeked
    assert found.p_corrected == found.effect.p
    assert found.effect.level == pytest.approx(0.95)


def test_peeking_is_labelled_and_corrected_for():
    arms = Counts(1000, 130), Counts(1000, 100)
    calm = experiments.read(*arms, 0.05, planned=1, looks=1)
    found = experiments.read(*arms, 0.05, planned=1, looks=5)
    assert found.peeked
    assert not found.nominal_trusted
    assert found.p_corrected > found.effect.p
    assert found.effect.low < calm.effect.low
    assert "Pocock" in found.correction
    assert found.false_alarm == pytest.approx(0.142, abs=1e-3)


def test_announced_looks_are_corrected_for_and_are_no_peeking():
    found = experiments.read(Counts(900, 99), Counts(900, 80), 0.05, planned=3, looks=2)
    assert not found.peeked
    assert "3 looks" in found.correction


def test_the_detectable_share_is_found_with_the_power_promised():
    rise = experiments.detectable_share(0.1, 2000, 2000)
    h = 2 * (math.asin(math.sqrt(0.1 + rise)) - math.asin(math.sqrt(0.1)))
    assert NormalIndPower().power(h, 2000, 0.05) == pytest.approx(0.8, abs=1e-6)
    rng = np.random.default_rng(4)
    one, two = rng.binomial(2000, 0.1 + rise, 4000), rng.binomial(2000, 0.1, 4000)
    pooled = (one + two) / 4000
    z = (one - two) / 2000 / np.sqrt(pooled * (1 - pooled) * 2 / 2000)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_too_few_units_detect_nothing_short_of_certainty():
    assert experiments.detectable_share(0.9, 3, 3) == pytest.approx(0.1)


def test_the_detectable_mean_is_found_with_the_power_promised():
    effect = experiments.detectable_mean(2.0, 300, 150)
    assert TTestIndPower().power(effect / 2.0, 300, 0.05, ratio=0.5) == pytest.approx(0.8, abs=1e-4)


def test_a_counted_and_a_measured_arm_are_not_compared():
    with pytest.raises(TypeError):
        experiments.read(Counts(10, 1), Sample(10, 1.0, 1.0), 0.05, planned=1, looks=1)
