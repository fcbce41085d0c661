"""Does 0.8 mean eight in ten? Reliability, expected error, slope and intercept."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EDGE = 1e-6
STEPS = 50
ENOUGH = 1e-10


@dataclass(frozen=True, slots=True)
class Bins:
    """One entry for each bin of equal numbers of rows: mean score, observed share, rows."""

    score: Floats
    observed: Floats
    rows: NDArray[np.int64]
    member: NDArray[np.int64]  # the bin of each row


def bins(truth: Flags, score: Floats, count: int = 10) -> Bins:
    """Cut at the score's quantiles; equal scores stay together, so there may be fewer bins."""
    edges = np.unique(np.quantile(score, np.linspace(0, 1, count + 1)[1:-1]))
    raw = np.searchsorted(edges, score, side="left")
    _, member = np.unique(raw, return_inverse=True)
    rows = np.bincount(member)
    return Bins(np.bincount(member, score) / rows, np.bincount(member, truth) / rows, rows, member)


def expected_error(found: Bins) -> float:
    """Mean over rows of |observed share - mean score| of the row's bin (ECE)."""
    gaps = np.abs(found.observed - found.score)
    return float(np.sum(gaps * found.rows) / found.rows.sum())


def bootstrap_error(
    found: Bins, truth: Flags, score: Floats, resamples: int, rng: np.random.Generator
) -> Floats:
    """Return the ECE of each resample; bins stay fixed. Rows are put in the order of their bin."""
    n = truth.size
    order = np.argsort(found.member, kind="stable")
    residual = (truth - score)[order]
    starts = np.append(0, np.cumsum(found.rows)[:-1])
    replicates = np.empty(resamples)
    for index in range(resamples):
        drawn = np.bincount(rng.integers(0, n, n, dtype=np.int32), minlength=n)
        replicates[index] = np.abs(np.add.reduceat(drawn * residual, starts)).sum() / n
    return replicates


@dataclass(frozen=True, slots=True)
class Line:
    """Logistic recalibration ``logit P(y) = intercept + slope · logit(score)`` (Cox 1958).

    Perfect is slope 1 and intercept 0; a slope below 1 means scores too extreme (overfit).
    """

    slope: float
    intercept: float
    slope_error: float
    intercept_error: float


def recalibration(truth: Flags, score: Floats) -> Line | None:
    """Fit by Newton's method; None when it does not converge or cannot be told (one score)."""
    design = np.column_stack([np.ones(truth.size), logit(np.clip(score, EDGE, 1 - EDGE))])
    if np.ptp(design[:, 1]) == 0:
        return None
    beta = np.array([0.0, 1.0])
    for _ in range(STEPS):
        fitted = expit(design @ beta)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1 / EDGE**2:
            return None
        step = np.linalg.solve(information, design.T @ (truth - fitted))
        beta = beta + step
        if np.abs(step).max() < ENOUGH:
            errors = np.sqrt(np.diag(np.linalg.inv(information)))
            return Line(float(beta[1]), float(beta[0]), float(errors[1]), float(errors[0]))
    return None


def mean_gap(truth: Floats, score: Floats) -> tuple[float, float]:
    """Return the mean of score minus truth and its standard error."""
    gap = score - truth
    if gap.size < 2:  # noqa: PLR2004 - a deviation needs two
        return float(gap.mean()), float("inf")
    return float(gap.mean()), float(gap.std(ddof=1)) / sqrt(gap.size)
