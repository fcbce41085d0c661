"""Intervals for shares, for differences and ratios of shares, and from resamples."""

from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from audits.engine.outcome import Interval

LEVEL = 0.95


def z_value(level: float) -> float:
    """Return the two-sided normal quantile for ``level`` (1.96 for 0.95)."""
    return float(norm.ppf(0.5 + level / 2.0))


def wilson(hits: int, n: int, level: float = LEVEL) -> Interval:
    """Interval of a share (Wilson 1927): keeps its cover for small ``n`` and shares near 0 or 1."""
    if n == 0:
        return Interval(0.0, 1.0, level, "Wilson")
    z, share = z_value(level), hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == n else min(1.0, centre + half)
    return Interval(low, high, level, "Wilson")


def newcombe(hits: int, n: int, hits_other: int, n_other: int, level: float = LEVEL) -> Interval:
    """Interval of ``hits/n - hits_other/n_other`` (Newcombe 1998, method 10)."""
    one, two = wilson(hits, n, level), wilson(hits_other, n_other, level)
    share, other = hits / max(n, 1), hits_other / max(n_other, 1)
    low = share - other - sqrt((share - one.low) ** 2 + (two.high - other) ** 2)
    high = share - other + sqrt((one.high - share) ** 2 + (other - two.low) ** 2)
    return Interval(low, high, level, "Newcombe")


def ratio(hits: int, n: int, hits_other: int, n_other: int, level: float = LEVEL) -> Interval:
    """Interval of ``(hits/n) / (hits_other/n_other)`` (Katz log method).

    Halves are added to all counts when one of them is zero, so that the logarithm exists.
    """
    add = 0.5 if 0 in (hits, hits_other) else 0.0
    a, b = hits + add, hits_other + add
    m, k = n + add, n_other + add
    middle = log((a / m) / (b / k))
    half = z_value(level) * sqrt(max(1 / a - 1 / m + 1 / b - 1 / k, 0.0))
    return Interval(exp(middle - half), exp(middle + half), level, "Katz log")


def percentile(replicates: NDArray[np.float64], level: float, method: str) -> Interval | None:
    """Interval between the outer percentiles of ``replicates``; None when nothing is finite."""
    finite = replicates[np.isfinite(replicates)]
    if finite.size == 0:
        return None
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(finite, [tail, 1.0 - tail])
    return Interval(float(low), float(high), level, f"{method}, B={finite.size}")


def normal(value: float, error: float, level: float, method: str) -> Interval:
    """Interval ``value ± z·error``."""
    half = z_value(level) * error
    return Interval(value - half, value + half, level, method)


def folded(signed: Interval) -> Interval:
    """Fold an interval of a signed difference to one of its size."""
    ends = sorted((abs(signed.low), abs(signed.high)))
    low = 0.0 if signed.low <= 0 <= signed.high else ends[0]
    return Interval(low, ends[1], signed.level, signed.method)
