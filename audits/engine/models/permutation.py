"""Shapley values of any model by permuting its features: what the libraries' fast paths leave over.

For each row the features are switched, one after the other, from the background's values to the
row's own; what the mean score gains at each switch is that feature's contribution (Strumbelj and
Kononenko, 2014). Each order is walked forwards and backwards, as shap's PermutationExplainer does;
here many rows share one call of the model, and nothing is compiled. A model of few features is
asked about every set of them, which is exact. Tests hold the values to shap's.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.models.base import Contributions, FloatArray

EVALUATIONS = 1_000_000  # scores that one explanation may cost; orders, then background, give way
ROUNDS = 10
MOST_BEHIND, LEAST_BEHIND = 50, 10
BATCH_ROWS, BATCH_CELLS = 20_000, 2_000_000

Score = Callable[[pd.DataFrame], FloatArray]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]
IntArray = np.ndarray[Any, np.dtype[np.int64]]


def permutation(
    score: Score, frame: pd.DataFrame, background: pd.DataFrame, seed: int, scale: str
) -> Contributions:
    """Explain each row of ``frame``, all of whose columns are features; the seed fixes the orders.

    Text columns travel as codes. ``background`` is thinned evenly to what the effort allows.
    """
    codec = _Codec(pd.concat([frame, background]))
    rows = codec.encode(frame)
    count, width = rows.shape
    rounds, behind = _effort(count, width, codec.encode(background))
    game = _Game(lambda matrix: score(codec.decode(matrix)), behind)
    if 2**width <= 2 * rounds * width:
        mode = "Permutation SHAP, interventional, every set of features (exact)"
        values, base = _exact(game, rows)
    else:
        mode = f"Permutation SHAP, interventional, {2 * rounds} orders of the features for each row"
        values, base = _walks(game, rows, rounds, np.random.default_rng(seed))
    gaps = np.abs(values.sum(axis=1) + base - np.asarray(score(frame)).reshape(-1))
    return Contributions(
        features=tuple(str(name) for name in frame.columns),
        values=values,
        base=base,
        scale=scale,
        mode=mode,
        additivity_error=float(gaps.max(initial=0.0)),
        seed=seed,
        background_rows=len(behind),
    )


def _effort(rows: int, width: int, behind: FloatArray) -> tuple[int, FloatArray]:
    """Return how many orders are walked both ways, and the background rows that are used."""
    round_cost = max(1, rows * 2 * width)
    wanted = int(np.clip(EVALUATIONS // round_cost, LEAST_BEHIND, MOST_BEHIND))
    used = min(wanted, len(behind))
    places = np.linspace(0, len(behind) - 1, used).round().astype(np.int64)
    rounds = int(np.clip(EVALUATIONS // (round_cost * used), 1, ROUNDS))
    return rounds, behind[places]


def _exact(game: "_Game", rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weigh what each feature adds to every set of the others (Shapley, 1953)."""
    width = rows.shape[1]
    sets = np.arange(2**width)
    masks = (sets[:, None] >> np.arange(width)) & 1 == 1
    group = max(1, BATCH_ROWS // (len(sets) * len(game.behind)))
    worth = np.concatenate(
        [game.worth(rows[start : start + group], masks) for start in range(0, len(rows), group)]
    )
    weight = np.array([1 / (width * math.comb(width - 1, size)) for size in range(width)])
    values = np.zeros(rows.shape)
    for feature in range(width):
        without = sets[~masks[:, feature]]
        gain = worth[:, without | 1 << feature] - worth[:, without]
        values[:, feature] = (gain * weight[masks[without].sum(axis=1)]).sum(axis=1)
    return values, worth[:, 0]


def _walks(
    game: "_Game", rows: FloatArray, rounds: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return contributions (rows, features) and base (rows,); each group of rows has own orders."""
    count, width = rows.shape
    cost = 2 * rounds * (width + 1) * len(game.behind)
    group = max(1, BATCH_ROWS // cost)
    values, base = np.zeros(rows.shape), np.zeros(count)
    for start in range(0, count, group):
        part = slice(start, start + group)
        forwards = [rng.permutation(width) for _ in range(rounds)]
        orders = [order for one in forwards for order in (one, one[::-1])]
        values[part], base[part] = _walked(game, rows[part], orders)
    return values, base


def _walked(
    game: "_Game", rows: FloatArray, orders: list[IntArray]
) -> tuple[FloatArray, FloatArray]:
    width = rows.shape[1]
    masks = np.concatenate([_masks(order, width) for order in orders])
    distinct, place = np.unique(masks, axis=0, return_inverse=True)
    worth = game.worth(rows, distinct)[:, place.reshape(-1)].reshape(len(rows), -1, width + 1)
    values = np.zeros(rows.shape)
    for walk, order in enumerate(orders):
        values[:, order] += np.diff(worth[:, walk], axis=1)
    return values / len(orders), worth[:, 0, 0]


def _masks(order: IntArray, width: int) -> BoolArray:
    """Return (width + 1, width): which features are the row's own after each step of the walk."""
    rank = np.empty(width, dtype=np.int64)
    rank[order] = np.arange(width)
    return np.asarray(np.arange(width + 1)[:, None] > rank[None, :])


class _Game:
    """What a set of features is worth: the mean score with the others taken from the background."""

    def __init__(self, score: Callable[[FloatArray], FloatArray], behind: FloatArray) -> None:
        self._score = score
        self.behind = behind

    def worth(self, rows: FloatArray, masks: BoolArray) -> FloatArray:
        """Return (rows, masks), asking the model in large batches."""
        width = rows.shape[1]
        most = min(BATCH_ROWS, BATCH_CELLS // width)
        block = max(1, most // (len(rows) * len(self.behind)))
        found = [
            self._block(rows, masks[start : start + block]) for start in range(0, len(masks), block)
        ]
        return np.concatenate(found, axis=1)

    def _block(self, rows: FloatArray, masks: BoolArray) -> FloatArray:
        mixed = np.where(masks[None, :, None, :], rows[:, None, None, :], self.behind[None, None])
        scores = np.asarray(self._score(mixed.reshape(-1, rows.shape[1])), dtype=np.float64)
        return scores.reshape(len(rows), len(masks), len(self.behind)).mean(axis=2)


class _Codec:
    """Numbers stay, text becomes codes; a missing text is the code -1."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._columns = list(frame.columns)
        self._levels = {
            name: pd.Index(sorted(frame[name].dropna().unique(), key=str), dtype=object)
            for name in self._columns
            if not pd.api.types.is_numeric_dtype(frame[name].dtype)
        }

    def encode(self, frame: pd.DataFrame) -> FloatArray:
        columns = [
            self._levels[name].get_indexer(frame[name].astype(object))
            if name in self._levels
            else frame[name].to_numpy()
            for name in self._columns
        ]
        return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])

    def decode(self, matrix: FloatArray) -> pd.DataFrame:
        return pd.DataFrame(
            {
                name: self._text(name, matrix[:, position])
                if name in self._levels
                else matrix[:, position]
                for position, name in enumerate(self._columns)
            }
        )

    def _text(self, name: str, codes: FloatArray) -> pd.Series:
        levels = np.append(self._levels[name].to_numpy(dtype=object), np.nan)
        return pd.Series(levels[codes.astype(np.int64)], dtype=object)
