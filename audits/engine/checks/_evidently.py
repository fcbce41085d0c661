"""Evidently 0.7: the only module that imports it.

Traps: ``Report.run`` takes the current sample first; the preset computes each column three times,
so a list of single metrics is used; the default drift method changes with the number of rows, so it
is always pinned; categories go in as integer codes, since Evidently iterates over a set and the
order of strings in a set changes from process to process.
"""

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

os.environ.setdefault("DO_NOT_TRACK", "1")

CLASSIFICATION = {
    "roc_auc": "RocAuc",
    "log_loss": "LogLoss",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1Score",
}
THRESHOLDED = {"accuracy", "precision", "recall", "f1"}
REGRESSION = {"rmse": "RMSE", "mae": "MAE", "r2": "R2Score", "bias": "MeanError"}


def version() -> str:
    import evidently

    return str(evidently.__version__)


def drift(
    reference: pd.DataFrame, current: pd.DataFrame, methods: Mapping[str, tuple[str, bool]]
) -> dict[str, float]:
    """Return Evidently's drift score for each column.

    ``methods`` maps a column to (method, is numeric). Frames hold floats or integer codes without
    missing values being special: Evidently drops them for each column by itself.
    """
    from evidently import DataDefinition
    from evidently.metrics import ValueDrift

    numeric = [name for name, (_, is_number) in methods.items() if is_number]
    categorical = [name for name, (_, is_number) in methods.items() if not is_number]
    definition = DataDefinition(numerical_columns=numeric, categorical_columns=categorical)
    metrics = [ValueDrift(column=name, method=method) for name, (method, _) in methods.items()]
    values = _run(metrics, current[list(methods)], reference[list(methods)], definition)
    return {name: float(value) for name, value in zip(methods, values, strict=True)}


def classification(truth: np.ndarray, score: np.ndarray, threshold: float) -> dict[str, float]:
    """Return Evidently's binary measures; ``truth`` is boolean, both classes present."""
    import evidently.metrics as library
    from evidently import BinaryClassification, DataDefinition

    frame = pd.DataFrame({"truth": truth.astype(np.int64), "score": score})
    task = BinaryClassification(
        target="truth", prediction_labels=None, prediction_probas="score", pos_label=1
    )
    definition = DataDefinition(
        classification=[task], categorical_columns=["truth"], numerical_columns=["score"]
    )
    metrics = []
    for name, metric in CLASSIFICATION.items():
        extra = {"probas_threshold": threshold} if name in THRESHOLDED else {}
        metrics.append(getattr(library, metric)(**extra))
    values = _run(metrics, frame, None, definition)
    return {name: float(value) for name, value in zip(CLASSIFICATION, values, strict=True)}


def regression(truth: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """Return Evidently's regression measures; ``bias`` is the mean of prediction minus truth."""
    import evidently.metrics as library
    from evidently import DataDefinition, Regression

    frame = pd.DataFrame({"truth": truth, "score": score})
    definition = DataDefinition(
        regression=[Regression(target="truth", prediction="score")],
        numerical_columns=["truth", "score"],
    )
    metrics = [getattr(library, metric)() for metric in REGRESSION.values()]
    values = _run(metrics, frame, None, definition)
    return {name: float(_mean(value)) for name, value in zip(REGRESSION, values, strict=True)}


def quality(current: pd.DataFrame, numeric: Sequence[str]) -> dict[str, Any]:
    """Return counts by Evidently: duplicated rows, empty rows, constant columns, missing values."""
    import evidently.metrics as library
    from evidently import DataDefinition

    others = [name for name in current.columns if name not in set(numeric)]
    definition = DataDefinition(numerical_columns=list(numeric), categorical_columns=others)
    dataset = [
        library.DuplicatedRowCount(),
        library.EmptyRowsCount(),
        library.ConstantColumnsCount(),
        library.EmptyColumnsCount(),
    ]
    missing = [library.MissingValueCount(column=name) for name in current.columns]
    values = _run([*dataset, *missing], current, None, definition)
    return {
        "duplicated_rows": int(values[0]),
        "empty_rows": int(values[1]),
        "constant_columns": int(values[2]),
        "empty_columns": int(values[3]),
        "missing": {
            str(name): int(value["count"])
            for name, value in zip(current.columns, values[4:], strict=True)
        },
    }


def _mean(value: Any) -> Any:
    return value["mean"] if isinstance(value, Mapping) else value


def _run(
    metrics: Sequence[Any],
    current: pd.DataFrame,
    reference: pd.DataFrame | None,
    definition: Any,
) -> list[Any]:
    from evidently import Dataset, Report

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        after = None if reference is None else Dataset.from_pandas(reference, definition)
        snapshot = Report(list(metrics)).run(Dataset.from_pandas(current, definition), after)
    return [metric["value"] for metric in snapshot.dict()["metrics"]]
