"""The shape every model has for a check, whatever library made it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd

from audits.engine.errors import ModelError
from audits.engine.plan import ColumnKind, Signature

FloatArray = np.ndarray[Any, np.dtype[np.float64]]

PROBABILITY = "probability"
LOG_ODDS = "log-odds"
VALUE = "value"


@dataclass(frozen=True, slots=True)
class Contributions:
    """What each feature added to each score: ``values.sum(axis=1) + base`` is the raw output.

    ``values`` is (rows, features) in the order of ``features``; ``base`` is (rows,). ``scale``
    says what is added up: ``probability``, ``log-odds`` or ``value``. ``additivity_error`` is the
    largest absolute gap to the model's own raw output. ``mode`` names the algorithm; two modes
    rank features differently, so never compare across them.
    """

    features: tuple[str, ...]
    values: FloatArray
    base: FloatArray
    scale: str
    mode: str
    additivity_error: float
    seed: int
    background_rows: int


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What an artifact says about itself; None or empty where the format does not say."""

    format: str
    library: str
    kind: str
    features: tuple[str, ...] = ()
    feature_count: int | None = None
    classes: tuple[str, ...] = ()
    trees: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)


class Scorer(Protocol):
    """A loaded model that fits the signature.

    ``permuted``: its explanations cost thousands of scores for each row, so explain few.
    """

    @property
    def library(self) -> str: ...

    @property
    def permuted(self) -> bool: ...

    def describe(self) -> ModelFacts: ...

    def score(self, frame: pd.DataFrame) -> FloatArray:
        """Return (rows,) float64: P(positive label) for classification, the value for regression.

        ``frame`` is conformed; columns beyond the features are ignored. Raises ``ModelError``.
        """
        ...

    def contributions(
        self, frame: pd.DataFrame, background: pd.DataFrame, seed: int
    ) -> Contributions:
        """Explain each row of ``frame``; ``background`` stands for the usual applicant."""
        ...


def label_text(value: object) -> str:
    """Return one spelling for a class label: ``1``, ``1.0``, ``"1"`` and ``True`` are ``"1"``."""
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    text = value.decode() if isinstance(value, bytes) else str(value)
    if text.lower() in {"true", "false"}:
        return str(int(text.lower() == "true"))
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else repr(number)


def match_features(
    names: Sequence[str],
    count: int | None,
    signature: Signature,
    *,
    tidy: Callable[[str], str] = str,
) -> tuple[str, ...]:
    """Return the signature's features in the model's order.

    A model without names is matched by position, so only the count can be compared. ``tidy`` is
    what the library does to names when it stores them. Raises ``ModelError`` with what differs.
    """
    declared = {tidy(column.name): column.name for column in signature.features}
    if not names:
        if count is not None and count != len(declared):
            raise ModelError(
                f"The model takes {count} features, the signature declares {len(declared)}.",
                "feature-mismatch",
            )
        return tuple(declared.values())
    missing = [name for name in names if tidy(name) not in declared]
    wanted = {tidy(name) for name in names}
    extra = [name for key, name in declared.items() if key not in wanted]
    if missing or extra:
        raise ModelError(_difference(missing, extra), "feature-mismatch")
    return tuple(declared[tidy(name)] for name in names)


def _difference(missing: list[str], extra: list[str]) -> str:
    parts = []
    if missing:
        parts.append(f"the model takes {_listed(missing)}, which the signature does not declare")
    if extra:
        parts.append(f"the signature declares {_listed(extra)}, which the model does not take")
    return f"Model and signature disagree: {'; '.join(parts)}."


def _listed(names: list[str], most: int = 8) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def kinds(signature: Signature) -> dict[str, ColumnKind]:
    return {column.name: column.kind for column in signature.features}


def numeric(column: pd.Series, library: str) -> pd.Series:
    """Return a category column as the numbers that the model was trained on."""
    try:
        return pd.to_numeric(column).astype("float64")
    except (ValueError, TypeError):
        text = pd.to_numeric(column, errors="coerce")
        example = column[text.isna() & column.notna()].iloc[0]
        raise ModelError(
            f"The {library} model takes numbers in “{column.name}”, the data holds text there "
            f"({str(example)[:60]!r}).",
            "feature-type",
        ) from None


def finite_scores(scores: Any, rows: int, library: str) -> FloatArray:
    """Return scores as (rows,) float64; ``ModelError`` when the model gave something else."""
    flat: FloatArray = np.asarray(scores, dtype=np.float64).reshape(-1)
    if flat.shape[0] != rows:
        raise ModelError(
            f"The {library} model gave {flat.shape[0]} scores for {rows} rows.", "bad-output"
        )
    if not np.isfinite(flat).all():
        bad = int((~np.isfinite(flat)).sum())
        raise ModelError(
            f"The {library} model gave no finite score for {bad} of {rows} rows.", "bad-output"
        )
    return flat
