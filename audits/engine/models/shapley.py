"""SHAP: the only module that imports it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from audits.engine.models.base import Contributions, FloatArray

TREE_MODE = "TreeSHAP, path-dependent (shap)"
LINEAR_MODE = "LinearSHAP, interventional (shap)"


class UnsupportedError(Exception):
    """The explainer cannot take this model."""


@dataclass(frozen=True, slots=True)
class Parts:
    """``origins`` names the input of each explained column; ``features`` the signature's."""

    origins: tuple[str, ...]
    features: tuple[str, ...]
    seed: int


def tree_explainer(model: Any) -> Any:
    """Return shap's explainer of a scikit-learn tree model; raises ``UnsupportedError``."""
    import shap

    try:
        return shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    except Exception as error:
        raise UnsupportedError(str(error)) from error


def tree(
    explainer: Any,
    inner: Any,
    margin: Callable[[Any], FloatArray],
    parts: Parts,
    scale: str,
    pick: Callable[[FloatArray], FloatArray],
) -> Contributions:
    """Explain a tree model on its own columns; raises ``UnsupportedError``.

    ``pick`` takes the positive class out of shap's result, ``margin`` is what must be added up to.
    """
    try:
        values = np.asarray(inner, dtype=np.float64)
        found = pick(np.asarray(explainer.shap_values(values, check_additivity=False)))
    except Exception as error:
        raise UnsupportedError(str(error)) from error
    expected = np.atleast_1d(np.asarray(explainer.expected_value, dtype=np.float64))
    base = float(pick(expected.reshape(1, 1, -1) if expected.size > 1 else expected).reshape(-1)[0])
    return _collect(found, base, margin(inner), parts, scale, TREE_MODE, 0)


def linear(
    model: Any,
    inner: Any,
    outer: Any,
    margin: Callable[[Any], FloatArray],
    parts: Parts,
    scale: str,
) -> Contributions:
    """Explain a linear model against the mean of ``outer`` (the transformed background)."""
    import shap

    rows, behind = np.asarray(inner, dtype=np.float64), np.asarray(outer, dtype=np.float64)
    weight, intercept = _weights(model, margin, rows.shape[1])
    masker = shap.maskers.Independent(behind, max_samples=len(behind))
    explainer = shap.LinearExplainer((weight, intercept), masker)
    found = np.asarray(explainer.shap_values(rows))
    base = float(np.asarray(explainer.expected_value).reshape(-1)[0])
    return _collect(found, base, margin(inner), parts, scale, LINEAR_MODE, len(behind))


def _weights(
    model: Any, margin: Callable[[Any], FloatArray], width: int
) -> tuple[FloatArray, float]:
    """Return weights and intercept, turned when the margin is for the other class."""
    weight = np.asarray(model.coef_, dtype=np.float64).reshape(-1)
    intercept = float(np.asarray(model.intercept_).reshape(-1)[0])
    if not np.isclose(float(margin(np.zeros((1, width)))[0]), intercept):
        return -weight, -intercept
    return weight, intercept


def _collect(
    found: FloatArray,
    base: float | FloatArray,
    margins: FloatArray,
    parts: Parts,
    scale: str,
    mode: str,
    background_rows: int,
) -> Contributions:
    """Sum explained columns into the inputs that they came from, and measure the additivity."""
    values = np.zeros((found.shape[0], len(parts.features)))
    place = {name: position for position, name in enumerate(parts.features)}
    for column, origin in enumerate(parts.origins):
        values[:, place[origin]] += found[:, column]
    bases = np.broadcast_to(np.asarray(base, dtype=np.float64), (found.shape[0],)).copy()
    gaps = np.abs(values.sum(axis=1) + bases - np.asarray(margins).reshape(-1))
    return Contributions(
        features=parts.features,
        values=values,
        base=bases,
        scale=scale,
        mode=mode,
        additivity_error=float(gaps.max(initial=0.0)),
        seed=parts.seed,
        background_rows=background_rows,
    )
