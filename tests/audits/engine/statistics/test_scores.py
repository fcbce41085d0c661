"""Own measures against scikit-learn's, and the bootstrap against its definition."""

import numpy as np
import pytest
from sklearn import metrics

from audits.engine.statistics import scores
from audits.engine.statistics.groups import auc_with_error, rmse_with_error


@pytest.fixture
def sample():
    rng = np.random.default_rng(4)
    score = np.round(rng.random(500), 2)  # ties
    return rng.random(500) < score, score


def test_classification_measures_equal_scikit_learn(sample):
    truth, score = sample
    found = scores.classification(truth, score, 0.4)
    chosen = score >= 0.4
    expected = {
        "roc_auc": metrics.roc_auc_score(truth, score),
        "pr_auc": metrics.average_precision_score(truth, score),
        "log_loss": metrics.log_loss(truth, score),
        "brier": metrics.brier_score_loss(truth, score),
        "accuracy": metrics.accuracy_score(truth, chosen),
        "precision": metrics.precision_score(truth, chosen),
        "recall": metrics.recall_score(truth, chosen),
        "f1": metrics.f1_score(truth, chosen),
    }
    assert found == pytest.approx(expected, rel=1e-12)


def test_regression_measures_equal_scikit_learn():
    rng = np.random.default_rng(5)
    truth = rng.normal(10, 3, 300)
    guess = truth + rng.normal(0.5, 1, 300)
    found = scores.regression(truth, guess)
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, guess))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, guess))
    assert found["mape"] == pytest.approx(metrics.mean_absolute_percentage_error(truth, guess))
    assert found["r2"] == pytest.approx(metrics.r2_score(truth, guess))
    assert found["bias"] == pytest.approx((guess - truth).mean())


def test_rows_with_a_true_value_of_zero_do_not_blow_up_mape():
    truth, guess = np.array([0.0, 2.0]), np.array([1.0, 3.0])
    assert scores.regression(truth, guess)["mape"] == pytest.approx(0.5)


def test_each_resample_is_a_real_draw_scored_as_scikit_learn_would(sample):
    truth, score = sample
    found = scores.bootstrap_classification(truth, score, 0.4, 3, np.random.default_rng(9))
    rows = scores.ranked(truth, score, 0.4)
    strata = (np.flatnonzero(rows.truth), np.flatnonzero(~rows.truth))
    for index, row in enumerate(scores.draw_weights(strata, 3, np.random.default_rng(9))):
        drawn = np.repeat(np.arange(truth.size), row.astype(int))
        t, s = rows.truth[drawn], rows.score[drawn]
        assert drawn.size == truth.size
        assert t.sum() == truth.sum()
        assert found["roc_auc"][index] == pytest.approx(metrics.roc_auc_score(t, s))
        assert found["pr_auc"][index] == pytest.approx(metrics.average_precision_score(t, s))
        assert found["f1"][index] == pytest.approx(metrics.f1_score(t, s >= 0.4))


def test_two_scores_of_the_same_rows_stay_paired_in_the_bootstrap(sample):
    truth, score = sample
    same = [
        scores.bootstrap_auc(truth, s, 20, np.random.default_rng(1)) for s in (score, score * 0.5)
    ]
    assert np.array_equal(*same)


def test_error_of_a_groups_auc_agrees_with_its_bootstrap(sample):
    truth, score = sample
    value, error = auc_with_error(truth, score)
    spread = scores.bootstrap_auc(truth, score, 2000, np.random.default_rng(3))
    assert value == pytest.approx(metrics.roc_auc_score(truth, score))
    assert error == pytest.approx(spread.std(), rel=0.1)


def test_error_of_a_groups_rmse_agrees_with_its_bootstrap():
    rng = np.random.default_rng(8)
    truth = rng.normal(0, 1, 400)
    guess = truth + rng.normal(0, 0.5, 400)
    value, error = rmse_with_error(truth, guess)
    spread = scores.bootstrap_regression(truth, guess, 2000, rng)["rmse"]
    assert value == pytest.approx(metrics.root_mean_squared_error(truth, guess))
    assert error == pytest.approx(spread.std(), rel=0.1)
