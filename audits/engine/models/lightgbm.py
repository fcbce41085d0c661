"""LightGBM's text format; contributions are the library's (exact path-dependent SHAP)."""

import re
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
from audits.engine.models.native import contributions_from, flipped, require_task
from audits.engine.plan import ColumnKind, Signature

LIBRARY = "LightGBM"
MODE = "TreeSHAP, path-dependent (LightGBM)"
UNNAMED = re.compile(r"Column_\d+")


def load(data: bytes, format: str, signature: Signature, threads: int) -> "LightgbmScorer":  # noqa: A002
    return LightgbmScorer(_booster(data), format, signature, threads)


def inspect(data: bytes, format: str) -> ModelFacts:  # noqa: A002
    return _facts(_booster(data), format)


class LightgbmScorer:
    library = LIBRARY
    permuted = False

    def __init__(self, booster: Any, format: str, signature: Signature, threads: int) -> None:  # noqa: A002
        self._booster = booster
        self._threads = threads
        self._facts = _facts(booster, format)
        self._classifies = self._facts.kind.startswith(("binary", "cross_entropy"))
        require_task(signature, classifies=self._classifies, what=self._facts.kind)
        self._declared = tuple(column.name for column in signature.features)
        self._names = match_features(
            self._facts.features, self._facts.feature_count, signature, tidy=_tidy
        )
        self._signature = signature
        self._flip = flipped(signature)

    def describe(self) -> ModelFacts:
        return self._facts

    def score(self, frame: pd.DataFrame) -> FloatArray:
        """Ask for the library's own probability: its sigmoid may have a slope other than one."""
        scores = self._predict(frame)
        if self._classifies and self._flip:
            scores = 1.0 - scores
        return finite_scores(scores, len(frame), LIBRARY)

    def contributions(
        self,
        frame: pd.DataFrame,
        background: pd.DataFrame,  # noqa: ARG002 - path-dependent trees carry their own
        seed: int,
    ) -> Contributions:
        return contributions_from(
            self._predict(frame, pred_contrib=True),
            self._predict(frame, raw_score=True),
            self._names,
            self._declared,
            classifies=self._classifies,
            flip=self._flip,
            seed=seed,
            mode=MODE,
        )

    def _predict(self, frame: pd.DataFrame, **how: bool) -> Any:
        return self._booster.predict(self._table(frame), num_threads=self._threads, **how)

    def _table(self, frame: pd.DataFrame) -> pd.DataFrame:
        categorical = iter(self._booster.pandas_categorical or [])
        kinds = {column.name: column.kind for column in self._signature.features}
        flags = _categorical_features(self._booster)
        columns = {}
        for position, name in enumerate(self._names):
            values = frame[name]
            known = next(categorical, None) if position in flags else None
            if known is not None:
                values = _as_category(values, known)
            elif kinds[name] is ColumnKind.CATEGORY:
                values = numeric(values, LIBRARY)
            columns[name] = values
        return pd.DataFrame(columns, index=frame.index)


def _as_category(values: pd.Series, known: list[Any]) -> pd.Series:
    texts = all(isinstance(value, str) for value in known)
    plain = values if texts else numeric(values, LIBRARY)
    return pd.Series(pd.Categorical(plain, known), index=values.index)


def _categorical_features(booster: Any) -> frozenset[int]:
    """Positions of features that LightGBM learnt as categories, from the header of its text."""
    header = booster.model_to_string(num_iteration=1).split("\nTree=", 1)[0]
    infos: list[str] = next(
        (line[14:].split(" ") for line in header.split("\n") if line.startswith("feature_infos=")),
        [],
    )
    return frozenset(
        position
        for position, info in enumerate(infos)
        if info != "none" and not info.startswith("[")
    )


def _booster(data: bytes) -> Any:
    import lightgbm

    text = data.decode("utf-8")
    if not text.startswith("tree\n") or "\nend of trees" not in text:
        raise ModelError(
            "The artifact is not a complete LightGBM text model; save it with "
            "booster.save_model(path).",
            "unreadable",
        )
    lightgbm.register_logger(_Silence())
    return lightgbm.Booster(model_str=text)


class _Silence:
    """LightGBM prints to standard output otherwise."""

    def info(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...


def _facts(booster: Any, format: str) -> ModelFacts:  # noqa: A002
    names = tuple(booster.feature_name())
    objective = re.search(
        r"^objective=(.*)$", booster.model_to_string(num_iteration=1), re.MULTILINE
    )
    kind = objective.group(1) if objective else "unknown"
    unnamed = all(UNNAMED.fullmatch(name) for name in names)
    return ModelFacts(
        format=format,
        library=LIBRARY,
        kind=kind,
        features=() if unnamed else names,
        feature_count=booster.num_feature(),
        classes=("0", "1") if kind.startswith(("binary", "cross_entropy")) else (),
        trees=booster.num_trees(),
    )


def _tidy(name: str) -> str:
    """LightGBM writes white space in names as underscores."""
    return re.sub(r"\s+", "_", name)
