"""How far two samples lie apart: the same values as scipy's and Evidently's, from one sort.

A sample is sorted once and shared by every measure. Wasserstein and Jensen-Shannon are Evidently's
definitions (normed by the reference's deviation; equal widths over both samples); the bank's PSI,
with the reference's deciles as bins, has its own name, ``psi_deciles``.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import distance
from scipy.stats import chi2_contingency, chisquare, ks_2samp, kstwo

Floats = NDArray[np.float64]
EXACT_ROWS = 10_000  # scipy's own bound for the exact KS p-value
FEW_VALUES = 20  # Evidently takes a number column with at most so many values as categories


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sorted samples without missing values and their distribution functions on all values."""

    reference: Floats
    current: Floats
    values: Floats
    reference_cdf: Floats
    current_cdf: Floats


def pair(reference: Floats, current: Floats) -> Pair:
    """Sort both and merge; inputs are 1-D, finite, not empty."""
    left, right = np.sort(reference), np.sort(current)
    merged = np.concatenate([left, right])
    order = np.argsort(merged, kind="stable")
    values = merged[order]
    from_left = np.cumsum(order < left.size)
    last = np.append(values[1:] != values[:-1], True)
    ranks = np.flatnonzero(last)
    below = from_left[ranks]
    return Pair(left, right, values[ranks], below / left.size, (ranks + 1 - below) / right.size)


def ks(two: Pair) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance and p-value, as ``scipy.stats.ks_2samp``.

    Exact p-value up to 10,000 rows each, beyond that scipy's asymptotic one.
    """
    found = float(np.abs(two.reference_cdf - two.current_cdf).max())
    n, m = two.reference.size, two.current.size
    if max(n, m) <= EXACT_ROWS:
        return found, float(ks_2samp(two.reference, two.current).pvalue)
    effective = n * m / (n + m)
    return found, float(np.clip(kstwo.sf(found, np.round(effective)), 0.0, 1.0))


def wasserstein_normed(two: Pair, deviation: float) -> float:
    """Earth mover's distance in standard deviations of the reference (Evidently's norm)."""
    area = np.sum(np.abs(two.reference_cdf - two.current_cdf)[:-1] * np.diff(two.values))
    return float(area) / max(deviation, 0.001)


def equal_width_shares(reference: Floats, current: Floats) -> tuple[Floats, Floats]:
    """Shares in Sturges' equal-width bins over both samples, as Evidently bins numbers."""
    edges = np.histogram_bin_edges(np.concatenate([reference, current]), bins="sturges")
    left = np.histogram(reference, edges)[0] / reference.size
    right = np.histogram(current, edges)[0] / current.size
    return left, right


def number_shares(two: Pair) -> tuple[Floats, Floats]:
    """Bin numbers as Evidently does: few different values in the reference are their own bins."""
    if np.count_nonzero(np.diff(two.reference)) + 1 > FEW_VALUES:
        return equal_width_shares(two.reference, two.current)
    return (
        np.diff(two.reference_cdf, prepend=0.0),
        np.diff(two.current_cdf, prepend=0.0),
    )


def jensen_shannon(reference: Floats, current: Floats) -> float:
    """Jensen-Shannon distance (natural logarithm) of two share vectors, as Evidently's."""
    return float(distance.jensenshannon(reference, current, None))


def psi(reference: Floats, current: Floats) -> float:
    """Population stability index of two share vectors, empty bins filled as by Evidently."""
    left, right = _filled(reference), _filled(current)
    return float(np.sum((left - right) * np.log(left / right)))


def psi_deciles(two: Pair) -> float:
    """The bank's PSI: bins at the reference's deciles, outer bins open, empty bins at 0.0001."""
    edges = np.unique(np.quantile(two.reference, np.linspace(0.1, 0.9, 9)))
    left = np.diff(np.searchsorted(two.reference, edges, side="right"), prepend=0)
    right = np.diff(np.searchsorted(two.current, edges, side="right"), prepend=0)
    first = np.append(left, two.reference.size - left.sum()) / two.reference.size
    second = np.append(right, two.current.size - right.sum()) / two.current.size
    first, second = np.maximum(first, 1e-4), np.maximum(second, 1e-4)
    return float(np.sum((second - first) * np.log(second / first)))


def chi_square(reference: NDArray[np.int64], current: NDArray[np.int64]) -> float:
    """Evidently's p-value: current counts against the reference's shares taken as the truth."""
    expected = reference * (current.sum() / reference.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(chisquare(current, expected).pvalue)


def homogeneity(reference: NDArray[np.int64], current: NDArray[np.int64]) -> tuple[float, float]:
    """Cramér's V and p-value of the two-sample chi-square test (no continuity correction).

    Unlike ``chi_square`` it lets both samples err, so it is the one that decides.
    """
    table = np.vstack([reference, current])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:  # noqa: PLR2004 - one category cannot differ
        return 0.0, 1.0
    found = chi2_contingency(table, correction=False)
    return sqrt(float(found.statistic) / float(table.sum())), float(found.pvalue)


def _filled(shares: Floats) -> Floats:
    smallest = shares[shares != 0].min()
    fill = smallest / 10**6 if smallest <= 0.0001 else 0.0001  # noqa: PLR2004 - Evidently's bound
    return np.where(shares == 0, fill, shares)
