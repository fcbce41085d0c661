"""What reading results more than once does to a p-value.

Each look is one more chance of a false alarm. For ``looks`` at equal distances the chance is known
(Armitage, McPherson and Rowe 1969), and turned round it is Pocock's correction (1977).
"""

from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

MOST_LOOKS = 100
_NODES = 128
_SMALL = 1e-9  # below this the integral's own error shows; Bonferroni's bound is sharp there


def false_alarm(looks: int, alpha: float) -> float:
    """Chance that at least one of ``looks`` tests at ``alpha`` alarms although there is no effect.

    Integrates the density of a random walk that has not yet left the bounds, look by look.
    """
    if looks <= 1:
        return alpha
    if alpha < _SMALL:
        return min(1.0, looks * alpha)
    bound = float(norm.isf(alpha / 2))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    at, density = nodes * bound, norm.pdf(nodes * bound)
    weigh = weights * bound
    for look in range(2, looks + 1):
        reach = bound * sqrt(look)
        here = nodes * reach
        density = norm.pdf(here[:, None] - at[None, :]) @ (weigh * density)
        at, weigh = here, weights * reach
    return float(min(1.0, max(alpha, 1.0 - float(weigh @ density))))


def corrected(p: float, looks: int) -> float:
    """Return ``p`` as it has to be read after ``looks`` looks at equal distances (Pocock)."""
    return false_alarm(min(looks, MOST_LOOKS), p)


def nominal_alpha(looks: int, alpha: float) -> float:
    """Return the level of each single test at which ``looks`` of them together keep ``alpha``."""
    if looks <= 1:
        return alpha
    at_most = min(looks, MOST_LOOKS)
    return float(brentq(lambda one: false_alarm(at_most, one) - alpha, alpha / at_most / 2, alpha))
