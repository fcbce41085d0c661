"""XGBoost's own JSON and UBJSON files; contributions are the library's path-dependent SHAP."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd

from audits.engine.errors import ModelError
from audits.engine.models.base import (
    Contributions,
    FloatArray,
    ModelFacts,
    finite_scores,
    match_features,
    numeric,
)
from audits.engine.models.native import contributions_from, flipped, probability, require_task
from audits.engine.plan import Column, ColumnKind, Signature

LIBRARY = "XGBoost"
CLASSIFIERS = ("binary:logistic", "binary:logitraw", "reg:logistic")
MODE = "TreeSHAP, path-dependent (XGBoost)"


def load(data: bytes, format: str, signature: Signature, threads: int) -> "XgboostScorer":  # noqa: A002
    return XgboostScorer(_booster(data, format, threads), format, signature)


def inspect(data: bytes, format: str) -> ModelFacts:  # noqa: A002
    return _facts(_booster(data, format, 1), format)


class XgboostScorer:
    library = LIBRARY
    permuted = False

    def __init__(self, booster: Any, format: str, signature: Signature) -> None:  # noqa: A002
        self._booster = booster
        self._facts = _facts(booster, format)
        self._classifies = self._facts.kind in CLASSIFIERS
        require_task(signature, classifies=self._classifies, what=self._facts.kind)
        self._declared = tuple(column.name for column in signature.features)
        self._names = match_features(self._facts.features, self._facts.feature_count, signature)
        self._casts = _casts(booster, self._names, signature)
        self._flip = flipped(signature)

    def describe(self) -> ModelFacts:
        return self._facts

    def score(self, frame: pd.DataFrame) -> FloatArray:
        margin = self._booster.predict(self._matrix(frame), output_margin=True)
        if self._classifies:
            margin = probability(margin, flip=self._flip)
        elif self._facts.kind not in ("reg:squarederror", "reg:linear"):
            margin = self._booster.predict(self._matrix(frame))
        return finite_scores(margin, len(frame), LIBRARY)

    def contributions(
        self,
        frame: pd.DataFrame,
        background: pd.DataFrame,  # noqa: ARG002 - path-dependent trees carry their own
        seed: int,
    ) -> Contributions:
        matrix = self._matrix(frame)
        return contributions_from(
            self._booster.predict(matrix, pred_contribs=True),
            self._booster.predict(matrix, output_margin=True),
            self._names,
            self._declared,
            classifies=self._classifies,
            flip=self._flip,
            seed=seed,
            mode=MODE,
        )

    def _matrix(self, frame: pd.DataFrame) -> Any:
        import xgboost

        columns = {name: self._casts[name](frame[name]) for name in self._names}
        table = pd.DataFrame(columns, index=frame.index)
        named = self._booster.feature_names
        if named:
            table.columns = pd.Index(named)
        return xgboost.DMatrix(
            table,
            enable_categorical=True,
            feature_names=named,
            feature_types=None if _has_categories(self._booster) else self._booster.feature_types,
        )


def _booster(data: bytes, format: str, threads: int) -> Any:  # noqa: A002
    import xgboost

    if format == "xgboost-json":
        _require_json(data)
    booster = xgboost.Booster({"nthread": threads})
    booster.load_model(bytearray(data))
    booster.set_param({"nthread": threads})
    if booster.num_features() < 1:
        raise ModelError("The XGBoost model takes no features.", "unreadable")
    return booster


def _require_json(data: bytes) -> None:
    try:
        json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The artifact is not complete JSON, it may be cut off: {str(error)[:120]}.",
            "unreadable",
        ) from error


def _facts(booster: Any, format: str) -> ModelFacts:  # noqa: A002
    learner = json.loads(booster.save_config())["learner"]
    objective = learner["objective"]["name"]
    return ModelFacts(
        format=format,
        library=LIBRARY,
        kind=objective,
        features=tuple(booster.feature_names or ()),
        feature_count=booster.num_features(),
        classes=("0", "1") if objective in CLASSIFIERS else (),
        trees=booster.num_boosted_rounds(),
        details={"booster": learner["gradient_booster"]["name"]},
    )


def _has_categories(booster: Any) -> bool:
    return not booster.get_categories().empty()


def _casts(
    booster: Any, names: tuple[str, ...], signature: Signature
) -> dict[str, Callable[[pd.Series], pd.Series]]:
    """Say for each feature how the conformed column becomes what the model was trained on."""
    declared = {column.name: column for column in signature.features}
    types = booster.feature_types or ["float"] * len(names)
    known = {}
    if _has_categories(booster):
        arrow = booster.get_categories(export_to_arrow=True).to_arrow()
        known = {name: values for name, (_, values) in zip(names, arrow, strict=True)}
    return {
        name: _cast(declared[name], kind, known.get(name))
        for name, kind in zip(names, types, strict=True)
    }


def _cast(column: Column, kind: str, known: Any) -> Callable[[pd.Series], pd.Series]:
    if kind != "c":
        if column.kind is ColumnKind.CATEGORY:
            return lambda values: numeric(values, LIBRARY)
        return lambda values: values
    if known is None:
        return lambda values: numeric(values, LIBRARY)
    categories = pd.Index(known.to_pylist())
    if categories.dtype.kind in "iuf":
        return lambda values: pd.Series(
            pd.Categorical(numeric(values, LIBRARY).astype(categories.dtype), categories),
            index=values.index,
        )
    return lambda values: pd.Series(
        pd.Categorical(values, categories.astype(object)), index=values.index
    )
