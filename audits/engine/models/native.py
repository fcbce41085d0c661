"""What the boosting libraries share: margins, probabilities and their own contributions."""

from typing import Any

import numpy as np
from scipy.special import expit

from audits.engine.errors import ModelError
from audits.engine.models.base import (
    LOG_ODDS,
    VALUE,
    Contributions,
    FloatArray,
    label_text,
)
from audits.engine.plan import Signature, Task


def flipped(signature: Signature, classes: tuple[str, ...] = ()) -> bool:
    """Say whether the positive label is the class that the library counts as 0.

    Raises ``ModelError`` when the model knows its classes and the label is none of them.
    """
    if signature.task is not Task.CLASSIFICATION:
        return False
    positive = label_text(signature.positive_label or "1")
    if not classes:
        return positive == "0"
    if positive not in classes:
        raise ModelError(
            f"The model's classes are {', '.join(classes)}; “{signature.positive_label}” is none "
            "of them.",
            "positive-label",
        )
    return classes.index(positive) == 0


def require_task(signature: Signature, *, classifies: bool, what: str) -> None:
    """Raise ``ModelError`` when a regressor is declared as a classifier or the other way round."""
    if classifies == (signature.task is Task.CLASSIFICATION):
        return
    raise ModelError(
        f"The signature declares {signature.task.value}, the model is made for {what}.",
        "task-mismatch",
    )


def probability(margin: Any, *, flip: bool) -> FloatArray:
    positive: FloatArray = expit(np.asarray(margin, dtype=np.float64))
    return 1.0 - positive if flip else positive


def contributions_from(  # noqa: PLR0913 - the parts of one result
    matrix: Any,
    margin: Any,
    names: tuple[str, ...],
    order: tuple[str, ...],
    *,
    classifies: bool,
    flip: bool,
    seed: int,
    mode: str,
) -> Contributions:
    """Turn a library's (rows, features + 1) matrix into ours; its last column is the base.

    ``names`` is the matrix' column order, ``order`` the signature's.
    """
    sign = -1.0 if flip else 1.0
    raw = sign * np.asarray(matrix, dtype=np.float64)
    margins = sign * np.asarray(margin, dtype=np.float64).reshape(-1)
    picked = [names.index(name) for name in order]
    error = np.abs(raw.sum(axis=1) - margins)
    return Contributions(
        features=order,
        values=raw[:, :-1][:, picked],
        base=raw[:, -1],
        scale=LOG_ODDS if classifies else VALUE,
        mode=mode,
        additivity_error=float(error.max(initial=0.0)),
        seed=seed,
        background_rows=0,
    )
