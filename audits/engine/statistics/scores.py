"""Measures of predictions, and their bootstrap in one pass.

Every measure is a function of one weight vector per resample, so one draw of weights serves all of
them. Point values equal scikit-learn's (held by tests).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CLIP = float(np.finfo(np.float64).eps)  # scikit-learn's bound for log loss

CLASSIFICATION = (
    "roc_auc",
    "pr_auc",
    "log_loss",
    "brier",
    "accuracy",
    "precision",
    "recall",
    "f1",
)
REGRESSION = ("rmse", "mae", "mape", "r2", "bias")


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows of a classification sorted by falling score, with what each resample needs of them.

    ``ends`` marks the last row of each tie, ``starts`` the first; ``taken`` rows reach the
    threshold.
    """

    truth: Flags
    score: Floats
    ends: NDArray[np.intp]
    starts: NDArray[np.intp]
    taken: int
    losses: Floats  # (2, rows): log loss and squared error of each row
    room: Floats  # (5, rows): where a resample is worked out


def ranked(truth: Flags, score: Floats, threshold: float) -> Ranked:
    order = np.argsort(-score, kind="stable")
    score, truth = score[order], truth[order]
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    starts = np.append(0, ends[:-1] + 1)
    kept = np.clip(score, CLIP, 1 - CLIP)
    losses = np.vstack([-np.log(np.where(truth, kept, 1 - kept)), (score - truth) ** 2])
    taken = int(np.count_nonzero(score >= threshold))
    return Ranked(truth, score, ends, starts, taken, losses, np.zeros((5, truth.size)))


def _weighted(rows: Ranked, weights: Floats) -> dict[str, float]:
    """Return each measure when row i counts ``weights[i]`` times."""
    hits = np.multiply(weights, rows.truth, out=rows.room[0])
    total, positive = float(weights.sum()), float(hits.sum())
    log_loss, brier = rows.losses @ weights / total
    return {
        **_at_threshold(rows, hits, weights, (positive, total)),
        **_areas(rows, hits, weights, positive),
        "log_loss": float(log_loss),
        "brier": float(brier),
    }


def _areas(rows: Ranked, hits: Floats, weights: Floats, positive: float) -> dict[str, float]:
    """ROC by trapezes over the ties, PR by steps, as scikit-learn.

    Works in ``rows.room``: fresh arrays of this size would cost more than the sums.
    """
    groups = rows.ends.size
    _, true, seen, first, second = (part[:groups] for part in rows.room)
    if groups < weights.size:
        hits = np.add.reduceat(hits, rows.starts, out=first)
        weights = np.add.reduceat(weights, rows.starts, out=second)
    np.cumsum(hits, out=true)
    np.cumsum(weights, out=seen)
    pairs = positive * (float(seen[-1]) - positive)
    np.divide(true, np.maximum(seen, 1.0, out=seen), out=seen)
    steps = float(np.dot(seen, hits))
    true -= np.multiply(hits, 0.5, out=seen)
    area = float(np.dot(true, np.subtract(weights, hits, out=seen)))
    return {
        "roc_auc": area / pairs if pairs else float("nan"),
        "pr_auc": steps / positive if positive else float("nan"),
    }


def _at_threshold(
    rows: Ranked, hits: Floats, weights: Floats, sums: tuple[float, float]
) -> dict[str, float]:
    true, chosen = float(hits[: rows.taken].sum()), float(weights[: rows.taken].sum())
    positive, total = sums
    right = true + total - positive - (chosen - true)
    return {
        "accuracy": right / total,
        "precision": true / chosen if chosen else 0.0,
        "recall": true / positive if positive else 0.0,
        "f1": 2 * true / (chosen + positive) if chosen + positive else 0.0,
    }


def classification(truth: Flags, score: Floats, threshold: float) -> dict[str, float]:
    """Return the measures named in ``CLASSIFICATION``; both classes must be present."""
    rows = ranked(truth, score, threshold)
    found = _weighted(rows, np.ones(truth.size))
    return {name: found[name] for name in CLASSIFICATION}


def bootstrap_classification(
    truth: Flags, score: Floats, threshold: float, resamples: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """Resample within each class (stratified), so that no resample loses a class."""
    rows = ranked(truth, score, threshold)
    strata = (np.flatnonzero(rows.truth), np.flatnonzero(~rows.truth))
    return _joined([_weighted(rows, w) for w in draw_weights(strata, resamples, rng)])


def bootstrap_auc(truth: Flags, score: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Resample the ROC AUC alone.

    Weights are drawn in the order of the rows, before they are ranked by the score, so two scores
    of the same rows that are given equal streams stay paired.
    """
    order = np.argsort(-score, kind="stable")
    rows = ranked(truth, score, 0.5)
    strata = (np.flatnonzero(truth), np.flatnonzero(~truth))
    found = []
    for weights in draw_weights(strata, resamples, rng):
        placed = weights[order]
        hits = np.multiply(placed, rows.truth, out=rows.room[0])
        found.append(_areas(rows, hits, placed, float(hits.sum()))["roc_auc"])
    return np.array(found)


def draw_weights(
    strata: tuple[NDArray[np.intp], ...], resamples: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Yield (rows,) counts of how often each row is drawn, within each of ``strata``.

    The array is used again for the next resample; one resample at a time stays in the cache.
    """
    weights = np.zeros(sum(members.size for members in strata))
    for _ in range(resamples):
        for members in strata:
            picks = rng.integers(0, members.size, members.size, dtype=np.int32)
            weights[members] = np.bincount(picks, minlength=members.size)
        yield weights


def _joined(parts: list[dict[str, float]]) -> dict[str, Floats]:
    return {name: np.array([part[name] for part in parts]) for name in parts[0]}


def _regression_rows(truth: Floats, score: Floats) -> Floats:
    """Return (7, rows): what each measure is a sum of."""
    error = score - truth
    nonzero = truth != 0
    share = np.zeros_like(error)
    np.divide(np.abs(error), np.abs(truth), out=share, where=nonzero)
    middle = truth - truth.mean()
    rows = (error * error, np.abs(error), error, share, nonzero, middle, middle * middle)
    return np.vstack([np.asarray(row, dtype=np.float64) for row in rows])


def _regression(columns: Floats, weights: Floats) -> dict[str, float]:
    square, absolute, error, share, counted, truth, truth_square = columns @ weights
    total = float(weights.sum())
    spread = truth_square - truth**2 / total
    return {
        "rmse": float(np.sqrt(square / total)),
        "mae": float(absolute / total),
        "mape": float(share / counted) if counted else float("nan"),
        "r2": float(1 - square / spread) if spread > 0 else float("nan"),
        "bias": float(error / total),
    }


def regression(truth: Floats, score: Floats) -> dict[str, float]:
    """Return the measures named in ``REGRESSION``; MAPE leaves rows with a true value of 0 out."""
    return _regression(_regression_rows(truth, score), np.ones(truth.size))


def bootstrap_regression(
    truth: Floats, score: Floats, resamples: int, rng: np.random.Generator
) -> dict[str, Floats]:
    columns = _regression_rows(truth, score)
    everything = (np.arange(truth.size),)
    return _joined([_regression(columns, w) for w in draw_weights(everything, resamples, rng)])
