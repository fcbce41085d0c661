"""Measures of one group with an analytic interval, so that many groups cost little."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def auc_with_error(truth: Flags, score: Floats) -> tuple[float, float]:
    """ROC AUC and its standard error (DeLong 1988, midranks by Sun and Xu 2014)."""
    positive, negative = score[truth], score[~truth]
    m, n = positive.size, negative.size
    if min(m, n) < 2:  # noqa: PLR2004 - a variance needs two of each
        return float("nan"), float("nan")
    both = rankdata(np.concatenate([positive, negative]))
    above = (both[:m] - rankdata(positive)) / n
    below = 1.0 - (both[m:] - rankdata(negative)) / m
    error = sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)
    return float(above.mean()), error


def rmse_with_error(truth: Floats, score: Floats) -> tuple[float, float]:
    """RMSE and its standard error (delta method on the mean square)."""
    square = (score - truth) ** 2
    if square.size < 2:  # noqa: PLR2004 - a deviation needs two
        return float("nan"), float("nan")
    root = sqrt(float(square.mean()))
    if root == 0.0:
        return 0.0, 0.0
    return root, float(square.std(ddof=1)) / sqrt(square.size) / (2 * root)
