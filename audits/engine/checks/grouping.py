"""Rows put into named groups: categories as they are, numbers in quantile bins."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from audits.engine.checks.columns import MISSING, coded, floats, is_number
from audits.engine.checks.plain import show
from audits.engine.context import Context

FEW_VALUES = 6
MOST_CATEGORIES = 12


@dataclass(frozen=True, slots=True)
class Grouping:
    """``member`` holds each row's place in ``names``, or -1 where the value is missing."""

    name: str
    names: tuple[str, ...]
    member: "np.ndarray[Any, Any]"

    def rows(self, place: int) -> "np.ndarray[Any, Any]":
        return np.asarray(self.member == place)


def grouping(context: Context, frame: pd.DataFrame, name: str, bins: int) -> Grouping:
    """Group by one column; a number with more than six values is cut at its quantiles."""
    series = frame[name]
    if is_number(context, frame, name) and series.nunique(dropna=True) > FEW_VALUES:
        return _binned(name, floats(series), bins)
    codes = coded(series)
    return _capped(name, codes.names, codes.codes[0])


def _capped(name: str, names: tuple[str, ...], member: Any) -> Grouping:
    """Keep the most frequent categories; the others become one group."""
    if len(names) <= MOST_CATEGORIES:
        return Grouping(name, names, member)
    counts = np.bincount(member[member >= 0], minlength=len(names))
    kept = sorted(np.argsort(-counts, kind="stable")[: MOST_CATEGORIES - 1])
    lookup = np.full(len(names) + 1, len(kept))
    lookup[kept] = np.arange(len(kept))
    lookup[MISSING] = MISSING
    return Grouping(name, (*(names[i] for i in kept), "all others"), lookup[member])


def _binned(name: str, values: Any, bins: int) -> Grouping:
    there = np.isfinite(values)
    edges = np.unique(np.quantile(values[there], np.linspace(0, 1, bins + 1)[1:-1]))
    member = np.where(there, np.searchsorted(edges, np.where(there, values, 0), "left"), MISSING)
    labels = [f"up to {show(float(edges[0]))}"]
    labels += [f"{show(float(low))} to {show(float(high))}" for low, high in pairwise(edges)]
    labels.append(f"above {show(float(edges[-1]))}")
    return Grouping(name, tuple(labels), member)


def intersections(groupings: Sequence[Grouping]) -> list[Grouping]:
    """Return the crossing of each pair of groupings; only crossings that occur get a name."""
    crossed = []
    for one, two in combinations(groupings, 2):
        raw = one.member * len(two.names) + two.member
        raw = np.where((one.member < 0) | (two.member < 0), MISSING, raw)
        places = np.unique(raw[raw >= 0])
        names = tuple(
            f"{one.names[p // len(two.names)]}, {two.names[p % len(two.names)]}" for p in places
        )
        member = np.where(raw >= 0, np.searchsorted(places, raw), MISSING)
        crossed.append(Grouping(f"{one.name} and {two.name}", names, member))
    return crossed
