"""Explanation, fairness, robustness, challenger and reproducibility on real models."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fairlearn import metrics as fair

from audits.engine import threads
from audits.engine.checks.robustness import NoiseSettings, gappy, noisy
from audits.engine.checks.verdicts import ParameterError
from audits.engine.outcome import Verdict
from audits.engine.registry import known_checks

from . import conftest
from .conftest import value

FAIRNESS = "fairness.groups"


def test_importance_is_the_mean_absolute_contribution(cancer, run):
    context = cancer.context()
    outcome = run("explanation.importance", context)
    assert outcome.verdict is Verdict.PASS
    explained = context.contributions("current", context.sample("current"))
    expected = np.abs(explained.values).mean(axis=0)
    for name, strength in zip(explained.features, expected, strict=True):
        assert value(outcome, "importance", name) == pytest.approx(strength)
    assert value(outcome, "additivity_error") < 1e-4


def test_sample_that_was_explained_is_said_with_its_error(cancer, run):
    outcome = run("explanation.importance", cancer.context(), rows=120)
    assert "A random sample of 120 of 285 rows" in outcome.notes[0]
    assert "uncertain by about" in outcome.notes[0]


def test_contributions_that_do_not_add_up_explain_nothing(cancer, run):
    outcome = run("explanation.importance", cancer.context(), max_additivity_error=-1.0)
    assert outcome.verdict is Verdict.FAIL
    assert "do not add up" in outcome.summary


def test_cases_name_their_reasons_in_words(cancer, run):
    table = run("explanation.importance", cancer.context()).tables[-1]
    kinds = [row[0] for row in table.rows]
    assert kinds.count("worst error") == 2
    assert {"typical", "near the threshold"} <= set(kinds)
    assert all(" it by " in row[-1] for row in table.rows)


def test_attribution_drift_is_seen_when_the_population_moves(cancer, run):
    still = run("explanation.drift", cancer.context(), min_rank_correlation=0.6)
    assert still.verdict is Verdict.PASS
    moved = cancer.current.copy()
    for name in moved.columns[:4]:
        moved[name] = moved[name].mean()
    outcome = run("explanation.drift", cancer.context(moved), max_difference=0.05)
    assert value(outcome, "difference") > value(still, "difference")


def test_rates_and_impact_ratio_equal_fairlearns(cancer, run):
    context = cancer.context()
    outcome = run(FAIRNESS, context)
    chosen = context.scores("current") >= 0.5
    frame = fair.MetricFrame(
        metrics=fair.selection_rate,
        y_true=context.labels("current"),
        y_pred=chosen,
        sensitive_features=context.frame("current")["group"],
    )
    for group, rate in frame.by_group.items():
        assert value(outcome, "selection_rate", f"group: {group}") == pytest.approx(rate)
    low, high = frame.by_group.idxmin(), frame.by_group.max()
    ratio = frame.by_group[low] / high
    assert value(outcome, "impact_ratio", f"group: {low}") == pytest.approx(ratio)


def test_feared_label_turns_the_favourable_decision_round(cancer, run):
    context = cancer.context(favourable=False)
    outcome = run(FAIRNESS, context)
    refused = context.scores("current") < 0.5
    inside = (context.frame("current")["group"] == "a").to_numpy()
    assert value(outcome, "selection_rate", "group: a") == pytest.approx(refused[inside].mean())


def test_disadvantaged_group_fails_four_fifths(cancer, run):
    current = cancer.current.copy()
    current["group"] = np.where(current["mean_radius"] > 15, "a", "b")
    outcome = run(FAIRNESS, cancer.context(current))
    assert outcome.verdict is Verdict.FAIL
    assert outcome.summary.startswith("group: a is favoured")


def test_small_groups_are_suppressed_and_nothing_is_claimed(cancer, run):
    current = cancer.current.copy()
    current["group"] = np.where(current.index < 10, "a", "b")
    outcome = run(FAIRNESS, cancer.context(current))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert not any("group: a" in m.group for m in outcome.measures)


def test_numbers_are_binned_and_pairs_are_crossed(cancer, run):
    context = cancer.context(protected=("group", "mean_radius"))
    outcome = run(FAIRNESS, context, minimum=10)
    columns = {row[0] for row in outcome.tables[0].rows}
    assert columns == {"group", "mean_radius", "group and mean_radius"}
    assert sum(row[0] == "mean_radius" for row in outcome.tables[0].rows) == 4


def test_reference_group_follows_the_rule_of_the_policy(cancer, run):
    context = cancer.context()
    largest = run(FAIRNESS, context, reference_group="largest")
    assert {row[2] for row in largest.tables[1].rows} == {"b"}
    named = run(FAIRNESS, context, groups={"group": "a"})
    assert {row[2] for row in named.tables[1].rows} == {"a"}
    with pytest.raises(ParameterError, match="no group 'z'"):
        run(FAIRNESS, context, groups={"group": "z"})


def test_missing_protected_column_and_none_declared_are_said(cancer, run):
    lacking = run(FAIRNESS, cancer.context(cancer.current.drop(columns="group")))
    assert lacking.verdict is Verdict.INSUFFICIENT
    assert "lack group" in lacking.summary
    assert run(FAIRNESS, cancer.context(protected=())).verdict is Verdict.INSUFFICIENT


def test_one_class_target_leaves_selection_rates_but_no_error_rates(cancer, run):
    outcome = run(FAIRNESS, cancer.context(cancer.current.assign(target=1)))
    assert outcome.verdict in {Verdict.INSUFFICIENT, Verdict.FAIL}
    assert value(outcome, "selection_rate", "group: a") is not None


def test_errors_of_a_regression_are_compared_by_group(diabetes, run):
    outcome = run(FAIRNESS, diabetes.context(), max_error_gap=1.0)
    assert outcome.verdict is Verdict.PASS
    biased = diabetes.current.copy()
    biased.loc[biased["sex"] > 0, "target"] += 300
    assert run(FAIRNESS, diabetes.context(biased)).verdict is Verdict.FAIL


def test_noise_moves_few_decisions_and_much_noise_many(cancer, diabetes, run):
    little = run("robustness.noise", cancer.context(), noise=0.01, missing=0.0)
    assert little.verdict is Verdict.PASS
    much = run("robustness.noise", cancer.context(), noise=5.0)
    assert much.verdict is Verdict.FAIL
    assert run("robustness.noise", diabetes.context(), noise=0.01).verdict is Verdict.PASS


def test_declared_direction_is_tested(cancer, run):
    context = cancer.context()
    wrong = run(
        "robustness.noise", context, noise=0.0, missing=0.0, monotone={"mean_radius": "increasing"}
    )
    right = run(
        "robustness.noise",
        context,
        noise=0.0,
        missing=0.0,
        max_violations=1.0,
        monotone={"mean_radius": "decreasing"},
    )
    assert value(wrong, "monotone_violations", "mean_radius") > 0
    assert wrong.verdict is Verdict.FAIL
    assert right.verdict is Verdict.PASS
    with pytest.raises(ParameterError, match="no feature"):
        run("robustness.noise", context, monotone={"shoe_size": "increasing"})


def test_column_named_self_is_a_column(cancer):
    """The Boston mortgage data has one; ``DataFrame.assign`` does not take it."""
    first = replace(cancer.signature.features[0], name="self")
    frames = [f.rename(columns={"mean_radius": "self"}) for f in (cancer.current, cancer.reference)]
    context = cancer.context(*frames, features=(first,)).for_check("robustness.noise")
    frame = context.frame("current")
    for disturb in (noisy, gappy):
        changed = disturb(context, frame, NoiseSettings(missing=0.5))
        assert not changed["self"].equals(frame["self"])


def test_challenger_is_compared_on_the_same_rows(cancer, diabetes, run):
    outcome = run("benchmark.challenger", cancer.context(), min_advantage=-0.5)
    assert outcome.verdict is Verdict.PASS
    assert run("benchmark.challenger", cancer.context(), min_advantage=0.5).verdict is Verdict.FAIL
    ridge = run("benchmark.challenger", diabetes.context())
    assert value(ridge, "r2", "challenger") > 0.2


def test_challenger_takes_gaps_and_unseen_categories(cancer, run):
    current = cancer.current.copy()
    current.loc[:20, "mean_radius"] = np.nan
    outcome = run("benchmark.challenger", cancer.context(current), min_advantage=-0.5)
    assert outcome.verdict is Verdict.PASS


def test_digests_of_the_plan_are_held_against_the_bytes(cancer, run):
    assert run("reproducibility.l0", cancer.context()).verdict is Verdict.PASS
    context = cancer.context()
    context.digests = {**context.digests, "model": "0" * 64}
    outcome = run("reproducibility.l0", context)
    assert outcome.verdict is Verdict.FAIL
    assert "model" in outcome.summary
    context.digests = {}
    assert run("reproducibility.l0", context).verdict is Verdict.INSUFFICIENT


def digests():
    """Return what every built-in check says about both sets, by set and check."""
    with threads.held(1):
        return [
            f"{check.id} {check.run(context.for_check(check.id), {}).digest()}"
            for context in (
                world.__wrapped__().context() for world in (conftest.cancer, conftest.diabetes)
            )
            for check in known_checks()
            if check.run.__module__.startswith("audits.engine.checks")
        ]


def test_every_check_gives_the_same_digests_in_a_fresh_process_with_another_hash_seed():
    done = subprocess.run(
        [sys.executable, "-c", f"import {__name__} as here; print(*here.digests(), sep='\\n')"],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        check=True,
    )
    here = digests()
    assert done.stdout.splitlines() == here
    assert len(here) >= 30
