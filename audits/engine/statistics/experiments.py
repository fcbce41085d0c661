"""What a randomised experiment or a holdout showed, and whether its numbers may be believed.

An effect is always treatment less control. An experiment whose arms did not get the planned shares
of the units is broken, whatever its effect says (Fabijan et al. 2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, nan, sin, sqrt

import numpy as np
from scipy import stats

from audits.engine.statistics.intervals import newcombe
from audits.engine.statistics.power import POWER
from audits.engine.statistics.sequential import corrected, false_alarm, nominal_alpha

ALPHA = 0.05
RATIO_ALPHA = 0.001  # a sample ratio this unlikely is a fault of the experiment, not chance
_FEW_EXPECTED = 5  # below this in a cell the normal approximation gives way to Fisher's exact test


@dataclass(frozen=True, slots=True)
class Counts:
    """One arm of an experiment on shares: so many successes among ``n`` units."""

    n: int
    successes: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One arm of an experiment on means; ``sd`` is the sample's own, with n - 1."""

    n: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Effect:
    """``p`` is two-sided and nominal: as if nobody had looked before."""

    value: float
    low: float
    high: float
    level: float
    p: float
    interval_method: str
    test_method: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """Whether the arms got their planned shares; ``valid`` False says the assignment is broken."""

    statistic: float
    p: float
    valid: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """An effect read with all looks counted in. ``nominal_trusted`` False: somebody peeked.

    The effect's interval has the level that keeps ``1 - alpha`` over all looks together.
    """

    effect: Effect
    looks: int
    peeked: bool
    nominal_trusted: bool
    p_corrected: float
    correction: str
    false_alarm: float


def difference_of_shares(treated: Counts, control: Counts, alpha: float = ALPHA) -> Effect:
    """Compare two shares: Newcombe's interval, and a z-test (Fisher's exact one when few)."""
    found = newcombe(treated.successes, treated.n, control.successes, control.n, 1 - alpha)
    p, method = _p_of_shares(treated, control)
    value = treated.successes / treated.n - control.successes / control.n
    return Effect(value, found.low, found.high, 1 - alpha, p, found.method, method)


def difference_of_means(treated: Sample, control: Sample, alpha: float = ALPHA) -> Effect:
    """Compare two means with unequal variances (Welch 1947)."""
    parts = treated.sd**2 / treated.n, control.sd**2 / control.n
    error = sqrt(sum(parts))
    value = treated.mean - control.mean
    if error == 0:
        p = 1.0 if value == 0 else 0.0
        return Effect(value, value, value, 1 - alpha, p, "Welch", "Welch's t-test")
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / (treated.n - 1) + parts[1] ** 2 / (control.n - 1))
    half = float(stats.t.ppf(1 - alpha / 2, degrees)) * error
    p = 2 * float(stats.t.sf(abs(value) / error, degrees))
    return Effect(value, value - half, value + half, 1 - alpha, p, "Welch", "Welch's t-test")


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> Ratio:
    """Hold the units that each arm got to the planned ``shares`` (which sum to 1), by chi-square.

    Source: Fabijan et al., Diagnosing Sample Ratio Mismatch, KDD 2019.
    """
    total = sum(counts)
    if total == 0:
        return Ratio(nan, nan, valid=False)
    expected = np.asarray(shares, dtype=np.float64) / sum(shares) * total
    statistic, p = stats.chisquare(np.asarray(counts, dtype=np.float64), expected)
    return Ratio(float(statistic), float(p), valid=bool(p >= RATIO_ALPHA))


def read(
    treated: Counts | Sample, control: Counts | Sample, alpha: float, planned: int, looks: int
) -> Reading:
    """Read the last of ``looks`` looks, of which ``planned`` were announced beforehand.

    More looks than one are corrected for by Pocock's bound over all of them, announced or not; more
    than announced are labelled as peeking, and the nominal p is then not to be trusted.
    """
    counted = max(planned, looks)
    level = nominal_alpha(counted, alpha)
    if isinstance(treated, Counts) and isinstance(control, Counts):
        effect = difference_of_shares(treated, control, level)
    elif isinstance(treated, Sample) and isinstance(control, Sample):
        effect = difference_of_means(treated, control, level)
    else:
        raise TypeError("both arms are counted, or both are measured")
    return Reading(
        effect=effect,
        looks=looks,
        peeked=looks > planned,
        nominal_trusted=counted == 1,
        p_corrected=corrected(effect.p, counted),
        correction=f"Pocock, {counted} looks at equal distances" if counted > 1 else "",
        false_alarm=false_alarm(counted, alpha),
    )


def detectable_share(
    baseline: float, n: int, n_control: int, alpha: float = ALPHA, power: float = POWER
) -> float:
    """Smallest rise above a share of ``baseline`` that so many units show with ``power``.

    By Cohen's h; 1 - ``baseline`` where not even certainty would show.
    """
    largest = 1 - baseline
    h = _normal_effect(n, n_control, alpha, power)
    angle = asin(sqrt(baseline)) + h / 2
    return largest if angle >= asin(1.0) else min(largest, sin(angle) ** 2 - baseline)


def detectable_mean(
    sd: float, n: int, n_control: int, alpha: float = ALPHA, power: float = POWER
) -> float:
    """Smallest difference of two means, in the measure's own unit, shown with ``power``."""
    from statsmodels.stats.power import TTestIndPower  # takes a second to load

    solved = TTestIndPower().solve_power(
        nobs1=n, ratio=n_control / n, alpha=alpha, power=power, alternative="two-sided"
    )
    return float(np.squeeze(solved)) * sd


def _normal_effect(n: int, n_control: int, alpha: float, power: float) -> float:
    from statsmodels.stats.power import NormalIndPower  # takes a second to load

    solved = NormalIndPower().solve_power(
        nobs1=n, ratio=n_control / n, alpha=alpha, power=power, alternative="two-sided"
    )
    return float(np.squeeze(solved))


def _p_of_shares(treated: Counts, control: Counts) -> tuple[float, str]:
    hits = treated.successes + control.successes
    total = treated.n + control.n
    fewest = min(hits, total - hits) * min(treated.n, control.n) / total
    if hits in {0, total}:
        return 1.0, "no variation"
    if fewest < _FEW_EXPECTED:
        table = [[arm.successes, arm.n - arm.successes] for arm in (treated, control)]
        return float(stats.fisher_exact(table).pvalue), "Fisher's exact test"
    pooled = hits / total
    error = sqrt(pooled * (1 - pooled) * (1 / treated.n + 1 / control.n))
    z = (treated.successes / treated.n - control.successes / control.n) / error
    return 2 * float(stats.norm.sf(abs(z))), "z-test of two shares"
