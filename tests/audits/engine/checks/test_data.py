"""Data quality and drift, on real data and on the data that people really upload."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from audits.engine.checks import _evidently as evidently
from audits.engine.checks.quality import counts
from audits.engine.checks.verdicts import ParameterError
from audits.engine.outcome import Verdict
from audits.engine.plan import Column, ColumnKind

from .conftest import value

FIRST = "mean_radius"


def test_data_as_declared_pass(cancer, run):
    outcome = run("data.schema", cancer.context())
    assert outcome.verdict is Verdict.PASS
    assert "8 declared columns" in outcome.summary


@pytest.mark.parametrize(
    ("change", "departure"),
    [
        (lambda s: s * 0 + 3.0, "holds one value only"),
        (lambda s: s * np.nan, "all values are missing"),
        (lambda s: s.where(s.index != 4, -5.0), "below the declared 0"),
        (lambda s: s.where(s.index != 4), "required value is missing"),
    ],
)
def test_departure_from_the_declaration_is_named_with_its_rows(cancer, run, change, departure):
    features = list(cancer.signature.features)
    features[0] = Column(FIRST, ColumnKind.NUMBER, required=True, minimum=0.0)
    current = cancer.current.copy()
    current[FIRST] = change(current[FIRST])
    outcome = run("data.schema", cancer.context(current, features=tuple(features)))
    assert outcome.verdict is Verdict.FAIL
    assert any(row[:3] == ("current", FIRST, departure) for row in outcome.tables[0].rows)


def test_repeated_column_is_found(cancer, run):
    current = cancer.current.copy()
    current["mean_area"] = current[FIRST]
    outcome = run("data.schema", cancer.context(current))
    assert outcome.verdict is Verdict.FAIL
    assert f"repeats column {FIRST}" in {row[2] for row in outcome.tables[0].rows}


def test_value_that_is_not_allowed_is_shown(cancer, run):
    column = Column("group", ColumnKind.CATEGORY, allowed=("a",))
    context = cancer.context(features=(*cancer.signature.features, column))
    outcome = run("data.schema", context)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.tables[0].rows[0][-1] == "b"


def test_complete_data_pass_quality_and_missing_ones_fail_it(cancer, run):
    clean = run("data.quality", cancer.context(), max_out_of_range=0.1)
    assert clean.verdict is Verdict.PASS
    current = cancer.current.copy()
    current.loc[current.index % 2 == 0, FIRST] = np.nan
    holed = run("data.quality", cancer.context(current), max_out_of_range=0.1)
    assert holed.verdict is Verdict.FAIL
    assert value(holed, "missing_share") == pytest.approx(current[FIRST].isna().mean())
    assert FIRST in holed.summary


def test_quality_on_large_frames_equals_evidentlys(cancer, run):
    current = pd.concat([cancer.current, cancer.current.head(40)], ignore_index=True)
    current.loc[3:9, FIRST] = np.nan
    small = run("data.quality", cancer.context(current))
    large = run("data.quality", cancer.context(current), large=10)
    assert small.measures == large.measures
    assert small.tables == large.tables
    assert "Evidently 0." in small.notes[0]
    assert "numpy" in large.notes[0]


def test_own_counts_equal_evidentlys_on_categories_and_gaps():
    frame = pd.DataFrame({"x": [1.0, 1.0, np.nan, np.nan], "y": [2.0, 2.0, 2.0, 2.0]})
    found = evidently.quality(frame, ["x", "y"])
    own = counts(frame)
    assert own["duplicated_rows"] == found["duplicated_rows"] == 2
    assert own["missing"] == found["missing"]


def test_halves_of_one_shuffled_set_show_no_drift(cancer, run):
    outcome = run("drift.columns", cancer.context(), max_ks=0.2)
    assert outcome.verdict is Verdict.PASS
    assert outcome.summary.startswith("8 of 8 columns are stable")


def test_moved_columns_are_drift_and_named(cancer, run):
    current = cancer.current.copy()
    for name in current.columns[:4]:
        current[name] = current[name] * 1.4
    outcome = run("drift.columns", cancer.context(current))
    assert outcome.verdict is Verdict.FAIL
    assert value(outcome, "drifted_share") == 0.5
    assert "4 of 8 columns drifted" in outcome.summary


def test_significant_but_small_shift_is_no_drift(cancer, run):
    rng = np.random.default_rng(1)
    frames = [pd.DataFrame({FIRST: rng.normal(m, 1, 20_000)}) for m in (0, 0.05)]
    features = (Column(FIRST, ColumnKind.NUMBER),)
    for frame in frames:
        frame["target"] = 1
    context = cancer.context(frames[1], frames[0], features=features)
    outcome = run("drift.columns", context)
    assert outcome.verdict is Verdict.PASS
    assert outcome.tables[0].rows[0][5] < 0.05


def test_too_few_rows_are_insufficient_evidence_with_what_they_could_have_shown(cancer, run):
    outcome = run("drift.columns", cancer.context(cancer.current.head(20)))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.detectable.effect > 0.1
    assert "fewer than 30 values" in {row[-1] for row in outcome.tables[0].rows}


def test_column_without_values_is_undecided_and_the_others_are_compared(cancer, run):
    current = cancer.current.copy()
    current[FIRST] = np.nan
    outcome = run("drift.columns", cancer.context(current), max_ks=0.2)
    assert outcome.verdict is Verdict.PASS
    assert value(outcome, "undecided_columns") == 1
    none = run("drift.columns", cancer.context(current), max_ks=0.2, max_share=0.1)
    assert none.verdict is Verdict.INSUFFICIENT


def test_drift_of_large_frames_by_numpy_equals_evidentlys(cancer, run):
    reference = pd.concat([cancer.reference] * 5, ignore_index=True)
    reference["group"] = np.where(reference.index % 4 == 0, "a", "b")
    column = Column("group", ColumnKind.CATEGORY)
    features = (*cancer.signature.features[:3], column)
    context = cancer.context(None, reference, features=features)
    for methods in (
        {},
        {"method_number": "ks", "method_category": "chisquare"},
        {"method_number": "psi", "method_category": "psi"},
        {"method_number": "jensenshannon"},
    ):
        slow = run("drift.columns", context, **methods)
        fast = run("drift.columns", context, large=100, **methods)
        assert fast.measures == slow.measures
        for one, two in zip(slow.tables[0].rows, fast.tables[0].rows, strict=True):
            assert one[8] == pytest.approx(two[8], rel=1e-9, abs=1e-12)
            assert one[:8] == two[:8]


def test_target_and_prediction_drift(cancer, diabetes, run):
    assert run("drift.target", cancer.context(), max_cramers_v=0.2).verdict is Verdict.PASS
    flipped = cancer.current.assign(target=1 - cancer.current["target"])
    assert run("drift.target", cancer.context(flipped)).verdict is Verdict.FAIL
    moved = cancer.current.copy()
    moved[moved.columns[:8]] *= 1.5
    assert run("drift.prediction", cancer.context(moved)).verdict is Verdict.FAIL
    assert run("drift.target", diabetes.context(), max_ks=0.25).verdict is Verdict.PASS


def test_no_target_in_the_data_is_said(cancer, run):
    outcome = run("drift.target", cancer.context(cancer.current.drop(columns="target")))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "target" in outcome.summary


def test_unknown_method_is_refused(cancer, run):
    with pytest.raises(ParameterError, match="method_number"):
        run("drift.columns", cancer.context(), method_number="magic")


def test_drift_does_not_depend_on_the_order_of_rows(cancer, run):
    column = Column("group", ColumnKind.CATEGORY)
    features = (*cancer.signature.features, column)
    turned = cancer.current.iloc[::-1]
    one = run("drift.columns", cancer.context(features=features))
    two = run("drift.columns", cancer.context(turned, features=features))
    assert one.digest() == two.digest()


def test_declared_bounds_are_part_of_the_signature_not_of_the_data(cancer, run):
    wide = tuple(replace(c, minimum=-1e9, maximum=1e9) for c in cancer.signature.features)
    assert run("data.schema", cancer.context(features=wide)).verdict is Verdict.PASS
