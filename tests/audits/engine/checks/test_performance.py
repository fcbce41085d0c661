"""Performance, calibration and segments against scikit-learn, Evidently and the awkward cases."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from audits.engine.checks import _evidently as evidently
from audits.engine.checks.verdicts import ParameterError
from audits.engine.outcome import Verdict
from audits.engine.statistics import scores

from .conftest import value

CLASSIFICATION = "performance.classification"


def test_measures_equal_scikit_learns_on_a_real_model(cancer, run):
    context = cancer.context()
    outcome = run(CLASSIFICATION, context)
    truth, score = context.labels("current"), context.scores("current")
    assert value(outcome, "roc_auc") == pytest.approx(metrics.roc_auc_score(truth, score))
    assert value(outcome, "pr_auc") == pytest.approx(metrics.average_precision_score(truth, score))
    assert value(outcome, "brier") == pytest.approx(metrics.brier_score_loss(truth, score))
    assert value(outcome, "f1") == pytest.approx(metrics.f1_score(truth, score >= 0.5))
    assert value(outcome, "roc_auc", "reference") > value(outcome, "roc_auc")


def test_own_measures_equal_evidentlys(cancer, diabetes):
    context = cancer.context()
    truth, score = context.labels("current"), context.scores("current")
    found = evidently.classification(truth, score, 0.3)
    own = scores.classification(truth, score, 0.3)
    assert {name: own[name] for name in found} == pytest.approx(found, rel=1e-9)
    context = diabetes.context()
    truth, score = context.labels("current"), context.scores("current")
    found = evidently.regression(truth, score)
    own = scores.regression(truth, score)
    assert {name: own[name] for name in found} == pytest.approx(found, rel=1e-9)


def test_large_frames_give_the_same_outcome_without_evidently(cancer, diabetes, run):
    for id_, world in ((CLASSIFICATION, cancer), ("performance.regression", diabetes)):
        small = run(id_, world.context())
        large = run(id_, world.context(), large=10)
        assert small.measures == large.measures
        assert small.tables == large.tables


def test_good_model_passes_its_threshold_and_a_harsh_one_fails_it(cancer, run):
    context = cancer.context()
    loose = {"max_decay": {"roc_auc": 0.1}}
    assert (
        run(CLASSIFICATION, context, thresholds={"roc_auc": 0.9}, **loose).verdict is Verdict.PASS
    )
    harsh = run(CLASSIFICATION, context, thresholds={"log_loss": 0.01}, **loose)
    assert harsh.verdict is Verdict.FAIL
    assert "log loss" in harsh.summary
    close = value(run(CLASSIFICATION, context), "roc_auc")
    unsure = run(CLASSIFICATION, context, thresholds={"roc_auc": close}, **loose)
    assert unsure.verdict is Verdict.INSUFFICIENT


def test_decay_against_the_reference_is_judged_with_its_interval(cancer, run):
    rng = np.random.default_rng(0)
    noisy = cancer.current.assign(target=rng.permutation(cancer.current["target"]))
    outcome = run(CLASSIFICATION, cancer.context(noisy), thresholds={"roc_auc": 0.3})
    assert outcome.verdict is Verdict.FAIL
    assert value(outcome, "roc_auc_decay") > 0.3


@pytest.mark.parametrize("check", [CLASSIFICATION, "performance.calibration"])
def test_one_class_target_is_insufficient_evidence_and_says_so(cancer, run, check):
    outcome = run(check, cancer.context(cancer.current.assign(target=1)))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "one class" in outcome.summary


def test_few_rows_are_insufficient_evidence(cancer, run):
    outcome = run(CLASSIFICATION, cancer.context(cancer.current.head(60)))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.detectable.effect > 0


def test_confusion_table_is_at_the_threshold_in_use(cancer, run):
    context = cancer.context(threshold=0.9)
    table = run(CLASSIFICATION, context).tables[-1]
    truth, chosen = context.labels("current"), context.scores("current") >= 0.9
    (_, fn), (fp, tn) = metrics.confusion_matrix(truth, chosen)[::-1, ::-1]
    assert table.rows[0][2] == fn
    assert table.rows[1][1:3] == (fp, tn)


def test_regression_is_measured_and_a_classifier_is_not(cancer, diabetes, run):
    context = diabetes.context()
    outcome = run("performance.regression", context, max_decay={})
    truth, score = context.labels("current"), context.scores("current")
    assert value(outcome, "r2") == pytest.approx(metrics.r2_score(truth, score))
    assert outcome.verdict is Verdict.PASS
    assert run("performance.regression", cancer.context()).verdict is Verdict.INSUFFICIENT


def test_unknown_measure_in_a_policy_is_refused(cancer, run):
    with pytest.raises(ParameterError, match="unknown measure 'gini'"):
        run(CLASSIFICATION, cancer.context(), thresholds={"gini": 0.5})


def test_calibration_tells_right_scores_from_wrong_ones(cancer, diabetes, run):
    outcome = run(
        "performance.calibration", cancer.context(), max_ece=0.2, max_slope=3.0, min_slope=0.1
    )
    assert outcome.verdict is Verdict.PASS
    assert value(outcome, "ece") >= 0
    turned = cancer.current.assign(target=1 - cancer.current["target"])
    wrong = run("performance.calibration", cancer.context(turned))
    assert wrong.verdict is Verdict.FAIL
    moved = diabetes.current.assign(target=diabetes.current["target"] + 200)
    assert run("performance.calibration", diabetes.context(moved)).verdict is Verdict.FAIL


def test_weak_segment_is_found_and_small_ones_are_suppressed(cancer, run):
    current = pd.concat([cancer.current] * 3, ignore_index=True)
    rng = np.random.default_rng(5)
    weak = (current["group"] == "a").to_numpy()
    current.loc[weak, "target"] = rng.permutation(current.loc[weak, "target"])
    outcome = run("performance.segments", cancer.context(current), columns=("group",))
    assert outcome.verdict is Verdict.FAIL
    assert outcome.tables[0].rows[0][:2] == ("group", "a")
    small = run("performance.segments", cancer.context(), columns=("group",), minimum=200)
    assert small.verdict is Verdict.INSUFFICIENT
    assert "suppressed" in small.summary


def test_segments_of_a_regression(diabetes, run):
    outcome = run("performance.segments", diabetes.context(), max_shortfall=2.0)
    assert outcome.verdict is Verdict.PASS
    assert {row[0] for row in outcome.tables[0].rows} >= {"sex"}
