"""The smallest effect that so many rows could have shown.

Printed beside every verdict, so that silence of a small sample is not read as proof.
"""

from math import log, sqrt

from scipy.optimize import brentq
from scipy.stats import chi2, ncx2, norm

POWER = 0.8
LARGEST_NONCENTRALITY = 1e4


def ks_distance(n: int, n_other: int, alpha: float, power: float = POWER) -> float:
    """Distance between two distributions that a two-sample KS test finds with ``power``.

    A safe upper bound: critical distance by Kolmogorov's limit, plus the normal quantile of
    ``power`` times the largest standard deviation (1/2) that an empirical share can have.
    """
    if min(n, n_other) == 0:
        return 1.0
    scale = sqrt(1 / n + 1 / n_other)
    critical = sqrt(-log(alpha / 2) / 2)
    return min(1.0, scale * (critical + 0.5 * float(norm.ppf(power))))


def cramers_v(n: int, categories: int, alpha: float, power: float = POWER) -> float:
    """Cramér's V (two samples, so V = Cohen's w) that a chi-square test finds with ``power``."""
    degrees = max(categories - 1, 1)
    critical = float(chi2.ppf(1 - alpha, degrees))

    def miss(noncentrality: float) -> float:
        return float(ncx2.sf(critical, degrees, noncentrality)) - power

    if n == 0:
        return 1.0
    return min(1.0, sqrt(float(brentq(miss, 1e-9, LARGEST_NONCENTRALITY)) / n))


def share_difference(
    share: float, n: int, n_other: int, alpha: float, power: float = POWER
) -> float:
    """Difference between two shares near ``share`` that a two-sided z-test finds with ``power``."""
    if min(n, n_other) == 0:
        return 1.0
    spread = sqrt(max(share * (1 - share), 0.25 / max(n, n_other)) * (1 / n + 1 / n_other))
    return min(1.0, float(norm.ppf(1 - alpha / 2) + norm.ppf(power)) * spread)


def from_error(error: float, level: float, power: float = POWER) -> float:
    """Shift of an estimate with standard ``error`` that its interval tells from none."""
    return float(norm.ppf(0.5 + level / 2) + norm.ppf(power)) * error
