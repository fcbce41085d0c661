"""Correction of p-values when many tests are read at once."""

import numpy as np
from numpy.typing import NDArray


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's step-down: holds the chance of any false alarm among all tests at alpha."""
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * np.arange(len(p_values), 0, -1)
    return _back(np.minimum(np.maximum.accumulate(scaled), 1.0), order)


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Benjamini and Hochberg's step-up: holds the expected share of false alarms at alpha."""
    order = np.argsort(p_values, kind="stable")
    count = len(p_values)
    scaled = p_values[order] * count / np.arange(1, count + 1)
    return _back(np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0), order)


def _back(sorted_values: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    adjusted = np.empty_like(sorted_values)
    adjusted[order] = sorted_values
    return adjusted


CORRECTIONS = {"holm": holm, "bh": benjamini_hochberg}
