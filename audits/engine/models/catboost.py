"""CatBoost's own binary format (``.cbm``); contributions are the library's SHAP values."""

from typing import Any

import numpy as np
import pandas as pd

from audits.engine.errors import ModelError
from audits.engine.models.base import (
    Contributions,
    FloatArray,
    ModelFacts,
    finite_scores,
    label_text,
    match_features,
    numeric,
)
from audits.engine.models.native import contributions_from, flipped, require_task
from audits.engine.plan import ColumnKind, Signature

LIBRARY = "CatBoost"
MAGIC = b"CBM1"
CLASSIFIERS = ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll")
MODE = "TreeSHAP (CatBoost, regular)"
UNKNOWN = "nan"


def load(data: bytes, format: str, signature: Signature, threads: int) -> "CatboostScorer":  # noqa: A002
    return CatboostScorer(_model(data), format, signature, threads)


def inspect(data: bytes, format: str) -> ModelFacts:  # noqa: A002
    return _facts(_model(data), format)


class CatboostScorer:
    library = LIBRARY
    permuted = False

    def __init__(self, model: Any, format: str, signature: Signature, threads: int) -> None:  # noqa: A002
        self._model = model
        self._threads = threads
        self._facts = _facts(model, format)
        self._classifies = bool(self._facts.classes) or self._facts.kind in CLASSIFIERS
        require_task(signature, classifies=self._classifies, what=self._facts.kind)
        if len(self._facts.classes) > 2:  # noqa: PLR2004
            raise ModelError(
                "CatBoost models of more than two classes are not supported.", "task-mismatch"
            )
        self._declared = tuple(column.name for column in signature.features)
        self._names = match_features(self._facts.features, self._facts.feature_count, signature)
        self._kinds = {column.name: column.kind for column in signature.features}
        self._categories = frozenset(model.get_cat_feature_indices())
        self._flip = flipped(signature, self._facts.classes)

    def describe(self) -> ModelFacts:
        return self._facts

    def score(self, frame: pd.DataFrame) -> FloatArray:
        kind = "Probability" if self._classifies else "RawFormulaVal"
        found = np.asarray(
            self._model.predict(self._pool(frame), prediction_type=kind, thread_count=self._threads)
        )
        scores = found[:, 0 if self._flip else 1] if self._classifies else found
        return finite_scores(scores, len(frame), LIBRARY)

    def contributions(
        self,
        frame: pd.DataFrame,
        background: pd.DataFrame,  # noqa: ARG002 - path-dependent trees carry their own
        seed: int,
    ) -> Contributions:
        pool = self._pool(frame)
        values = self._model.get_feature_importance(
            type="ShapValues", data=pool, thread_count=self._threads
        )
        margin = self._model.predict(
            pool, prediction_type="RawFormulaVal", thread_count=self._threads
        )
        return contributions_from(
            values,
            margin,
            self._names,
            self._declared,
            classifies=self._classifies,
            flip=self._flip,
            seed=seed,
            mode=MODE,
        )

    def _pool(self, frame: pd.DataFrame) -> Any:
        import catboost

        columns = {
            own: self._column(frame[name], position)
            for position, (own, name) in enumerate(
                zip(self._model.feature_names_, self._names, strict=True)
            )
        }
        table = pd.DataFrame(columns, index=frame.index)
        return catboost.Pool(
            table, cat_features=sorted(self._categories), thread_count=self._threads
        )

    def _column(self, values: pd.Series, position: int) -> pd.Series:
        """Categories go in as text; a number among them is spelt as an integer when it is one."""
        kind = self._kinds[str(values.name)]
        if position not in self._categories:
            return numeric(values, LIBRARY) if kind is ColumnKind.CATEGORY else values
        if kind is ColumnKind.CATEGORY:
            return values.fillna(UNKNOWN)
        return values.map(lambda value: UNKNOWN if pd.isna(value) else _spelt(value))


def _spelt(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _model(data: bytes) -> Any:
    import catboost

    if not data.startswith(MAGIC):
        raise ModelError(
            "The artifact is not a CatBoost .cbm file; save it with model.save_model(path).",
            "unreadable",
        )
    model = catboost.CatBoost()
    model.load_model(blob=data)
    return model


def _facts(model: Any, format: str) -> ModelFacts:  # noqa: A002
    names = tuple(model.feature_names_)
    unnamed = names == tuple(str(position) for position in range(len(names)))
    classes = tuple(label_text(label) for label in np.asarray(model.classes_).tolist())
    return ModelFacts(
        format=format,
        library=LIBRARY,
        kind=str(model.get_all_params().get("loss_function", "unknown")),
        features=() if unnamed else names,
        feature_count=len(names),
        classes=classes,
        trees=int(model.tree_count_),
    )
