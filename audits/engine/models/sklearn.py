"""scikit-learn models in skops files: plain state with a fixed list of trusted types, no pickle."""

import io
import zipfile
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.errors import ModelError
from audits.engine.models import shapley
from audits.engine.models.base import (
    LOG_ODDS,
    PROBABILITY,
    VALUE,
    Contributions,
    FloatArray,
    ModelFacts,
    finite_scores,
    label_text,
    match_features,
    numeric,
)
from audits.engine.models.native import flipped, require_task
from audits.engine.models.origins import numeric_categories
from audits.engine.models.permutation import permutation
from audits.engine.models.routes import AVERAGED_TREES, Route, find_route, split
from audits.engine.models.trusted import TRUSTED
from audits.engine.plan import ColumnKind, Signature

LIBRARY = "scikit-learn"
LARGEST_UNPACKED = 4 << 30


def load(data: bytes, format: str, signature: Signature, threads: int) -> "SklearnScorer":  # noqa: A002, ARG001
    return SklearnScorer(_estimator(data), format, signature)


def inspect(data: bytes, format: str) -> ModelFacts:  # noqa: A002
    return _facts(_estimator(data), format)


class SklearnScorer:
    library = LIBRARY

    def __init__(self, estimator: Any, format: str, signature: Signature) -> None:  # noqa: A002
        from sklearn.base import is_classifier

        self._estimator = estimator
        self._facts = _facts(estimator, format)
        self._classifies = is_classifier(estimator)
        require_task(signature, classifies=self._classifies, what=self._facts.kind)
        if self._classifies and not hasattr(estimator, "predict_proba"):
            raise ModelError(
                f"{self._facts.kind} gives no probabilities; calibrate it first "
                "(sklearn.calibration.CalibratedClassifierCV).",
                "no-probability",
            )
        self._declared = tuple(column.name for column in signature.features)
        self._names = match_features(self._facts.features, self._facts.feature_count, signature)
        self._kinds = {column.name: column.kind for column in signature.features}
        flipped(signature, self._facts.classes)
        self._positive = self._positive_index(signature)
        self._numeric = numeric_categories(estimator, self._names)

    def _positive_index(self, signature: Signature) -> int:
        if not self._classifies:
            return 0
        return self._facts.classes.index(label_text(signature.positive_label or "1"))

    def describe(self) -> ModelFacts:
        return self._facts

    def score(self, frame: pd.DataFrame) -> FloatArray:
        return finite_scores(self._raw_score(self._table(frame)), len(frame), LIBRARY)

    def contributions(
        self, frame: pd.DataFrame, background: pd.DataFrame, seed: int
    ) -> Contributions:
        """Explain the last step on its own columns where each comes from one input column."""
        try:
            return self._explained(frame, background, seed)
        except (ValueError, TypeError) as error:
            text = " ".join(str(error).split())[:200]
            raise ModelError(f"The model refuses the data: {text}", "refused-data") from error

    @property
    def permuted(self) -> bool:
        return self._route is None

    @cached_property
    def _route(self) -> Route | None:
        return find_route(self._estimator, self._names, len(self._facts.classes))

    def _explained(self, frame: pd.DataFrame, background: pd.DataFrame, seed: int) -> Contributions:
        route = self._route
        if route is None:
            return self._permuted(frame, background, seed)
        inner = route.transformed(self._table(frame))
        if inner.shape[1] != len(route.origins):
            return self._permuted(frame, background, seed)
        parts = shapley.Parts(origins=route.origins, features=self._declared, seed=seed)
        last, scale = route.last, self._scale(type(route.last).__name__)
        if route.trees is None:
            outer = route.transformed(self._table(background))
            return shapley.linear(last, inner, outer, self._margin(last), parts, scale)
        try:
            return shapley.tree(route.trees, inner, self._margin(last), parts, scale, self._pick)
        except shapley.UnsupportedError:
            return self._permuted(frame, background, seed)

    def _scale(self, name: str) -> str:
        if not self._classifies:
            return VALUE
        return PROBABILITY if name in AVERAGED_TREES else LOG_ODDS

    def _margin(self, last: Any) -> Callable[[Any], FloatArray]:
        if not self._classifies:
            return lambda inner: np.asarray(last.predict(inner), dtype=np.float64)
        if type(last).__name__ in AVERAGED_TREES:
            return lambda inner: np.asarray(last.predict_proba(inner)[:, self._positive])
        sign = 1.0 if self._positive == 1 else -1.0
        return lambda inner: np.asarray(sign * last.decision_function(inner))

    def _pick(self, values: FloatArray) -> FloatArray:
        """Take the positive class out of (…, classes), or turn a margin that is for the other."""
        if values.ndim == 3:  # noqa: PLR2004
            return values[:, :, self._positive]
        return values if not self._classifies or self._positive == 1 else -values

    def _permuted(self, frame: pd.DataFrame, background: pd.DataFrame, seed: int) -> Contributions:
        scale = PROBABILITY if self._classifies else VALUE
        return permutation(
            lambda table: self._raw_score(self._table(table)),
            frame[list(self._declared)],
            background[list(self._declared)],
            seed,
            scale,
        )

    def _raw_score(self, table: Any) -> FloatArray:
        try:
            if self._classifies:
                found = self._estimator.predict_proba(table)[:, self._positive]
            else:
                found = self._estimator.predict(table)
        except (ValueError, TypeError) as error:
            text = " ".join(str(error).split())[:200]
            raise ModelError(f"The model refuses the data: {text}", "refused-data") from error
        return np.asarray(found, dtype=np.float64)

    def _table(self, frame: pd.DataFrame) -> Any:
        table = pd.DataFrame({name: self._column(frame[name]) for name in self._names})
        return table if self._facts.features else table.to_numpy()

    def _column(self, values: pd.Series) -> pd.Series:
        name = str(values.name)
        if self._kinds[name] is ColumnKind.CATEGORY and name in self._numeric:
            return numeric(values, LIBRARY)
        return values


def _estimator(data: bytes) -> Any:
    import skops.io

    _check_archive(data)
    untrusted = sorted(set(skops.io.get_untrusted_types(data=data)) - TRUSTED)
    if untrusted:
        names = ", ".join(name[:100] for name in untrusted[:8])
        raise ModelError(
            f"The file holds types that may run code of their own: {names}. Keep to "
            "scikit-learn's estimators, or export to ONNX.",
            "untrusted-types",
        )
    estimator = skops.io.loads(data, trusted=sorted(TRUSTED))
    if not hasattr(estimator, "predict"):
        raise ModelError(
            f"The file holds a {type(estimator).__name__}, which predicts nothing.", "no-model"
        )
    return estimator


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            names = set(archive.namelist())
    except zipfile.BadZipFile as error:
        raise ModelError(
            "The artifact is not a complete skops file; save it with skops.io.dump.", "unreadable"
        ) from error
    if "schema.json" not in names:
        raise ModelError("The artifact is a ZIP file, but none that skops wrote.", "unreadable")
    if unpacked > LARGEST_UNPACKED:
        raise ModelError("The skops file unpacks to more than 4 GiB.", "too-large")


def _facts(estimator: Any, format: str) -> ModelFacts:  # noqa: A002
    last = split(estimator)[1]
    names = getattr(estimator, "feature_names_in_", ())
    count = getattr(estimator, "n_features_in_", None)
    return ModelFacts(
        format=format,
        library=LIBRARY,
        kind=type(last).__name__,
        features=tuple(str(name) for name in names),
        feature_count=None if count is None else int(count),
        classes=tuple(label_text(label) for label in getattr(estimator, "classes_", ())),
        trees=_trees(last),
    )


def _trees(last: Any) -> int | None:
    if (
        not hasattr(last, "n_estimators_")
        and hasattr(last, "n_iter_")
        and hasattr(last, "_predictors")
    ):
        return int(sum(len(round_) for round_ in last._predictors))  # noqa: SLF001
    found = getattr(last, "n_estimators_", None)
    if found is None and hasattr(last, "estimators_"):
        found = len(last.estimators_)
    return None if found is None else int(found)
