# ruff: noqa: PD011 - contributions, not pandas
import json
import pickle
import zipfile
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
import skops.io
from scipy.special import expit
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from audits.engine.frames import conform
from audits.engine.models import ModelError, Scorer, inspect_model, load_model
from audits.engine.plan import Column, ColumnKind, Signature, Task
from tests.audits.engine.samples import (
    CLASSIFY,
    COLUMNS,
    FEATURES,
    REGRESS,
    boosted,
    pipeline,
    table,
)

AGAINST = Signature(Task.CLASSIFICATION, COLUMNS, "paid", positive_label="0")
NUMBERS = (Column("age", ColumnKind.NUMBER), Column("net income", ColumnKind.NUMBER))


def rows() -> pd.DataFrame:
    return conform(table(), COLUMNS)


def explained(scorer: Scorer, frame: pd.DataFrame | None = None) -> Any:
    frame = rows() if frame is None else frame
    return scorer.contributions(frame.iloc[:30], frame.iloc[:60], seed=3)


def assert_adds_up(found: Any, scores: Any) -> None:
    """Base and contributions are the score itself, on the scale that is named."""
    total = found.values.sum(axis=1) + found.base
    expected = expit(total) if found.scale == "log-odds" else total
    np.testing.assert_allclose(expected, scores[:30], atol=2e-6)
    assert found.additivity_error < 2e-6
    assert found.features == tuple(FEATURES)
    assert found.values.shape == (30, 4)


CLASSIFIERS = [
    GradientBoostingClassifier(n_estimators=5, random_state=0),
    HistGradientBoostingClassifier(max_iter=5, random_state=0),
    RandomForestClassifier(5, random_state=0),
    ExtraTreesClassifier(5, random_state=0),
    LogisticRegression(),
]


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("signature", [CLASSIFY, AGAINST], ids=["for", "against"])
def test_sklearn_pipeline_scores_and_contributions_match(
    estimator: Any, signature: Signature
) -> None:
    model = pipeline(estimator).fit(table()[FEATURES], table()["paid"])
    scorer = load_model(skops.io.dumps(model), "skops", signature)
    expected = model.predict_proba(table()[FEATURES])[:, int(str(signature.positive_label))]
    np.testing.assert_allclose(scorer.score(rows()), expected)
    found = explained(scorer)
    assert "Permutation" not in found.mode
    assert_adds_up(found, expected)


REGRESSORS = [
    GradientBoostingRegressor(n_estimators=5, random_state=0),
    HistGradientBoostingRegressor(max_iter=5, random_state=0),
    RandomForestRegressor(5, random_state=0),
    Ridge(),
]


@pytest.mark.parametrize("estimator", REGRESSORS, ids=lambda e: type(e).__name__)
def test_sklearn_regressors_add_up_to_their_prediction(estimator: Any) -> None:
    model = pipeline(estimator).fit(table()[FEATURES], table()["loss"])
    scorer = load_model(skops.io.dumps(model), "skops", REGRESS)
    expected = model.predict(table()[FEATURES])
    np.testing.assert_allclose(scorer.score(rows()), expected)
    assert_adds_up(explained(scorer), expected)


def test_columns_that_pass_a_transformer_untouched_keep_the_fast_way() -> None:
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = make_column_transformer((encode, ["region", "grade"]), remainder="passthrough")
    model = make_pipeline(columns, HistGradientBoostingRegressor(max_iter=5, random_state=0))
    model.fit(table()[FEATURES], table()["loss"])
    scorer = load_model(skops.io.dumps(model), "skops", REGRESS)
    found = explained(scorer)
    assert not scorer.permuted
    assert found.mode.startswith("TreeSHAP")
    assert_adds_up(found, model.predict(table()[FEATURES]))
    unmoved = scorer.contributions(rows().iloc[:30].assign(age=40.0), rows(), seed=3)
    assert np.ptp(unmoved.values[:, 0]) < np.ptp(found.values[:, 0])


def test_linear_contributions_are_weight_times_distance_from_the_background() -> None:
    frame = table()[["age", "net income"]].fillna(40)
    model = LinearRegression().fit(frame, table()["loss"])
    signature = Signature(Task.REGRESSION, NUMBERS, "loss")
    scorer = load_model(skops.io.dumps(model), "skops", signature)
    found = scorer.contributions(frame.iloc[:10], frame.iloc[:60], seed=1)
    by_hand = model.coef_ * (frame.iloc[:10] - frame.iloc[:60].mean()).to_numpy()
    np.testing.assert_allclose(found.values, by_hand)


def test_steps_that_mix_columns_are_explained_by_permutation() -> None:
    frame = table()[["age", "net income"]].fillna(40)
    model = make_pipeline(StandardScaler(), PCA(2), LogisticRegression()).fit(
        frame, table()["paid"]
    )
    signature = Signature(Task.CLASSIFICATION, NUMBERS, "paid", positive_label="1")
    scorer = load_model(skops.io.dumps(model), "skops", signature)
    found = scorer.contributions(frame.iloc[:5], frame.iloc[:20], seed=1)
    assert scorer.permuted
    assert found.mode.startswith("Permutation")
    total = found.values.sum(axis=1) + found.base
    np.testing.assert_allclose(total, model.predict_proba(frame.iloc[:5])[:, 1], atol=1e-9)


def test_permutation_is_the_same_for_the_same_seed_whatever_was_drawn_before() -> None:
    model = pipeline(GaussianNB()).fit(table()[FEATURES], table()["paid"])
    scorer = load_model(skops.io.dumps(model), "skops", CLASSIFY)
    first = explained(scorer)
    np.random.seed(99)  # noqa: NPY002
    np.testing.assert_array_equal(explained(scorer).values, first.values)


@pytest.mark.parametrize("form", ["json", "ubj"])
def test_xgboost_with_categories_scores_as_it_did_in_training(form: str) -> None:
    import xgboost

    features = table()[FEATURES].astype({"region": "category", "grade": "category"})
    model = xgboost.XGBClassifier(n_estimators=8, enable_categorical=True, n_jobs=1)
    model.fit(features, table()["paid"])
    data = bytes(model.get_booster().save_raw(form))
    for signature in (CLASSIFY, AGAINST):
        scorer = load_model(data, f"xgboost-{form}", signature)
        expected = model.predict_proba(features)[:, int(str(signature.positive_label))]
        np.testing.assert_allclose(scorer.score(rows()), expected, atol=1e-6)
        assert_adds_up(explained(scorer), expected)


def test_xgboost_is_given_categories_by_name_even_when_some_are_absent() -> None:
    scorer = load_model(boosted(), "xgboost-ubj", CLASSIFY)
    everything = rows()
    some = everything[everything["region"] == "south"]
    np.testing.assert_array_equal(
        scorer.score(some), scorer.score(everything)[(everything["region"] == "south").to_numpy()]
    )


def test_xgboost_contributions_equal_shap() -> None:
    import shap
    import xgboost

    frame = table()[["age", "net income"]]
    model = xgboost.XGBRegressor(n_estimators=10, n_jobs=1).fit(frame, table()["loss"])
    signature = Signature(Task.REGRESSION, NUMBERS, "loss")
    data = bytes(model.get_booster().save_raw("json"))
    scorer = load_model(data, "xgboost-json", signature)
    found = scorer.contributions(frame.iloc[:30], frame, seed=1)
    expected = shap.TreeExplainer(model).shap_values(frame.iloc[:30])
    np.testing.assert_allclose(found.values, expected, atol=1e-4)


@pytest.mark.parametrize("signature", [CLASSIFY, AGAINST], ids=["for", "against"])
def test_lightgbm_with_categories_scores_as_it_did_in_training(signature: Signature) -> None:
    import lightgbm

    features = table()[FEATURES].astype({"region": "category", "grade": "category"})
    model = lightgbm.LGBMClassifier(n_estimators=8, verbose=-1, n_jobs=1)
    model.fit(features, table()["paid"])
    scorer = load_model(model.booster_.model_to_string().encode(), "lightgbm", signature)
    expected = model.predict_proba(features)[:, int(str(signature.positive_label))]
    np.testing.assert_allclose(scorer.score(rows()), expected)
    assert_adds_up(explained(scorer), expected)


@pytest.mark.parametrize("signature", [CLASSIFY, AGAINST], ids=["for", "against"])
def test_catboost_with_categories_scores_as_it_did_in_training(
    signature: Signature, tmp_path: Any
) -> None:
    import catboost

    features = table()[FEATURES].astype({"region": str, "grade": str})
    model = catboost.CatBoostClassifier(
        iterations=8,
        verbose=0,
        allow_writing_files=False,
        thread_count=1,
        cat_features=["region", "grade"],
    )
    model.fit(features, table()["paid"])
    model.save_model(str(tmp_path / "m.cbm"))
    scorer = load_model((tmp_path / "m.cbm").read_bytes(), "catboost", signature)
    expected = model.predict_proba(features)[:, int(str(signature.positive_label))]
    np.testing.assert_allclose(scorer.score(rows()), expected)
    assert_adds_up(explained(scorer), expected)


def onnx_model(options: dict[str, Any] | None = None) -> tuple[Any, bytes]:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    frame = table()[["age", "net income"]].fillna(40)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, table()["paid"])
    made = to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, 2]))],
        options={id(model): options} if options else None,
    )
    return model, made.SerializeToString()


@pytest.mark.parametrize("options", [None, {"zipmap": False}], ids=["zipmap", "tensor"])
@pytest.mark.parametrize("label", ["1", "0"])
def test_onnx_scores_as_the_model_it_came_from(options: dict[str, Any] | None, label: str) -> None:
    model, data = onnx_model(options)
    signature = Signature(Task.CLASSIFICATION, NUMBERS, "paid", positive_label=label)
    frame = table()[["age", "net income"]].fillna(40)
    scorer = load_model(data, "onnx", signature)
    expected = model.predict_proba(frame)[:, int(label)]
    np.testing.assert_allclose(scorer.score(frame), expected, atol=1e-5)
    found = scorer.contributions(frame.iloc[:5], frame.iloc[:20], seed=1)
    np.testing.assert_allclose(
        found.values.sum(axis=1) + found.base, scorer.score(frame)[:5], atol=1e-6
    )


def code_of(data: bytes, form: str, signature: Signature = CLASSIFY) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load_model(data, form, signature)
    return caught.value


def test_pickle_is_refused_with_what_to_do_instead() -> None:
    for form in ("pickle", "joblib", "skops"):
        error = code_of(pickle.dumps({"a": 1}), form)
        assert error.code == "pickle-refused"
        assert "skops.io.dump" in error.message


def test_unknown_format_lists_the_known() -> None:
    assert "onnx, skops" in code_of(b"x", "h5").message


@pytest.mark.parametrize(
    "form", ["onnx", "skops", "xgboost-json", "xgboost-ubj", "lightgbm", "catboost"]
)
def test_rubbish_and_nothing_are_refused_in_each_format(form: str) -> None:
    assert code_of(b"", form).code == "empty"
    assert code_of(b"not a model at all", form).code == "unreadable"
    with pytest.raises(ModelError):
        inspect_model(b"not a model at all", form)


def test_truncated_artifacts_are_refused() -> None:
    skops_file = skops.io.dumps(LogisticRegression().fit([[0.0], [1.0]], [0, 1]))
    for data, form in (
        (boosted()[:-40], "xgboost-ubj"),
        (skops_file[:-30], "skops"),
        (onnx_model()[1][:-30], "onnx"),
    ):
        assert code_of(data, form).code == "unreadable"


def test_reason_for_refusal_is_the_same_each_time() -> None:
    first, second = (code_of(boosted()[:-40], "xgboost-ubj").message for _ in range(2))
    assert first == second
    assert "Stack trace" not in first


def test_skops_file_that_names_a_foreign_callable_is_refused_by_name() -> None:
    model = make_pipeline(FunctionTransformer(json.dumps), LogisticRegression())
    error = code_of(skops.io.dumps(model), "skops")
    assert error.code == "untrusted-types"
    assert "json.dumps" in error.message


def test_partial_of_a_foreign_callable_is_refused_too() -> None:
    model = make_pipeline(FunctionTransformer(partial(print, "x")), LogisticRegression())
    assert code_of(skops.io.dumps(model), "skops").code == "untrusted-types"


def test_skops_file_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import audits.engine.models.sklearn as adapter

    monkeypatch.setattr(adapter, "LARGEST_UNPACKED", 1000)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "{}")
        archive.writestr("bomb", b"\0" * 100_000)
    assert code_of(packed.getvalue(), "skops").code == "too-large"


def test_feature_mismatch_names_both_sides() -> None:
    signature = Signature(
        Task.CLASSIFICATION,
        (*COLUMNS[:3], Column("height", ColumnKind.NUMBER)),
        "paid",
        positive_label="1",
    )
    error = code_of(boosted(), "xgboost-ubj", signature)
    assert error.code == "feature-mismatch"
    assert "takes “grade”" in error.message
    assert "declares “height”" in error.message


def test_regressor_declared_as_classifier_is_refused() -> None:
    assert code_of(boosted("loss"), "xgboost-ubj").code == "task-mismatch"
    assert code_of(boosted("paid"), "xgboost-ubj", REGRESS).code == "task-mismatch"


def test_classifier_without_probabilities_is_refused_with_a_way_out() -> None:
    model = pipeline(LinearSVC()).fit(table()[FEATURES], table()["paid"])
    error = code_of(skops.io.dumps(model), "skops")
    assert error.code == "no-probability"
    assert "CalibratedClassifierCV" in error.message


def test_positive_label_that_the_model_does_not_know_is_refused() -> None:
    model = pipeline(GaussianNB()).fit(table()[FEATURES], table()["paid"].map({0: "no", 1: "yes"}))
    error = code_of(skops.io.dumps(model), "skops")
    assert error.code == "positive-label"
    assert "no, yes" in error.message


def test_text_for_a_model_of_numbers_names_the_column() -> None:
    import xgboost

    frame = table()[["age", "grade"]]
    model = xgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(frame, table()["paid"])
    columns = (Column("age", ColumnKind.NUMBER), Column("grade", ColumnKind.CATEGORY))
    signature = Signature(Task.CLASSIFICATION, columns, "paid", positive_label="1")
    scorer = load_model(bytes(model.get_booster().save_raw("json")), "xgboost-json", signature)
    frame = conform(frame.assign(grade="first"), columns)
    with pytest.raises(ModelError, match="numbers in “grade”"):
        scorer.score(frame)


def test_onnx_with_operators_of_its_own_or_weights_elsewhere_is_refused() -> None:
    model = onnx.load_model_from_string(onnx_model()[1])
    model.graph.node[0].domain = "evil.corp"
    assert code_of(model.SerializeToString(), "onnx").code == "custom-operators"
    model = onnx.load_model_from_string(onnx_model()[1])
    weight = model.graph.initializer.add()
    weight.name = "w"
    weight.data_location = onnx.TensorProto.EXTERNAL
    assert code_of(model.SerializeToString(), "onnx").code == "external-data"


def test_facts_name_library_kind_features_and_trees() -> None:
    facts = inspect_model(boosted(), "xgboost-ubj")
    assert (facts.library, facts.kind, facts.trees) == ("XGBoost", "binary:logistic", 8)
    assert facts.features == tuple(FEATURES)
    forest = pipeline(RandomForestClassifier(5)).fit(table()[FEATURES], table()["paid"])
    facts = inspect_model(skops.io.dumps(forest), "skops")
    assert (facts.kind, facts.trees, facts.classes) == ("RandomForestClassifier", 5, ("0", "1"))


def test_histogram_boosting_with_native_categories_is_scored_and_explained() -> None:
    features = table()[FEATURES].astype({"region": "category", "grade": "category"})
    model = HistGradientBoostingClassifier(max_iter=5, random_state=0)
    model.fit(features, table()["paid"])
    scorer = load_model(skops.io.dumps(model), "skops", CLASSIFY)
    with threadpool_limits(1):
        expected = model.predict_proba(features)[:, 1]
        np.testing.assert_allclose(scorer.score(rows()), expected)
        assert_adds_up(explained(scorer), expected)
