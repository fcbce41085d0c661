"""How remainders fall: the largest ones get one unit more, ties by position. Numbers, not money.

Sums of weights stay below 2⁵¹ (``rules.weighing``), so that a quotient guessed in floats is off by
one at most, which whole numbers then put right.
"""

from collections.abc import Sequence
from typing import Any

from governance.costs.engine.sets import insert_arrays

_PAIRS_AT_ONCE = 1_000_000  # of lines and positions
_HALF = 26  # bits; sums over 2³⁷ lines of either half of a unit count fit into 63
_REST = {"gid": "INTEGER", "position": "INTEGER", "b": "HUGEINT", "e": "HUGEINT"}
_UNIT = {"lid": "INTEGER", "position": "INTEGER", "b": "BIGINT", "e": "BIGINT"}


def split_remainders(db: Any, weights: Sequence[int], pools: Sequence[int]) -> int:
    """Split what is left of each line of ``waiting`` over positions weighing ``weights``.

    Makes ``rest``, the sums by group, and ``unit``, each line's own share at the positions
    ``pools``. Returns how many lines' shares do not sum to what was split.
    """
    _make(db, "rest", _REST)
    _make(db, "unit", _UNIT)
    total, broken = sum(weights), 0
    reader = db.cursor().sql(f"""
        SELECT lid, gid, CAST(abs(billed) % {total} AS BIGINT) AS bm,
               CAST(abs(effective) % {total} AS BIGINT) AS em,
               CAST(sign(billed) * n AS BIGINT) AS bn, CAST(sign(effective) * n AS BIGINT) AS en
        FROM waiting ORDER BY gid""")
    for batch in reader.to_arrow_reader(max(1, _PAIRS_AT_ONCE // len(weights))):
        broken += _split_batch(db, batch, weights, pools)
    return broken


def shares_of(remainders: Any, weights: Sequence[int]) -> Any:
    """Return, for each of ``remainders`` (less than the sum of weights), its units by position."""
    import numpy as np

    total, weighing = sum(weights), np.array(weights, dtype=np.int64)
    wanted = remainders[:, None]
    units = np.floor(wanted * (weighing / total)).astype(np.int64)
    rest = wanted * weighing - units * total  # exact modulo 2⁶⁴, and small
    units += rest // total
    rest %= total
    missing = remainders - units.sum(axis=1)
    order = np.argsort(-rest, axis=1, kind="stable")
    first = np.arange(len(weights)) < missing[:, None]
    more = np.empty_like(first)
    np.put_along_axis(more, order, first, axis=1)
    return units + more


def _make(db: Any, table: str, columns: dict[str, str]) -> None:
    made = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    db.execute(f"CREATE OR REPLACE TABLE {table} ({made})")


def _split_batch(db: Any, batch: Any, weights: Sequence[int], pools: Sequence[int]) -> int:
    import numpy as np

    lid, gid, bm, em, bn, en = (column.to_numpy(zero_copy_only=False) for column in batch.columns)
    billed = shares_of(bm, weights)
    effective = billed if np.array_equal(bm, em) else shares_of(em, weights)
    starts = np.flatnonzero(np.diff(gid, prepend=-1))
    high_b, low_b = _sum(billed, bn, starts)
    high_e, low_e = _sum(effective, en, starts)
    groups, positions = len(starts), len(weights)
    arrays = {
        "gid": np.repeat(gid[starts], positions),
        "position": np.tile(np.arange(positions), groups),
        "high_b": high_b,
        "low_b": low_b,
        "high_e": high_e,
        "low_e": low_e,
    }
    whole = f"high_{{0}}::HUGEINT * {1 << _HALF} + low_{{0}}"
    chosen = f"gid, position, {whole.format('b')}, {whole.format('e')}"
    insert_arrays(db, "rest", chosen, arrays)
    _keep_pools(db, (lid, billed, effective), pools)
    off = (billed.sum(axis=1) != bm) | (effective.sum(axis=1) != em)
    return int(off.sum())


def _sum(units: Any, count: Any, starts: Any) -> tuple[Any, Any]:
    """Return the sums of ``units`` times ``count`` from each start on, as high and low halves."""
    import numpy as np

    times = count[:, None]
    high = np.add.reduceat((units >> _HALF) * times, starts, axis=0)
    low = np.add.reduceat((units & ((1 << _HALF) - 1)) * times, starts, axis=0)
    return high.ravel(), low.ravel()


def _keep_pools(db: Any, lines: tuple[Any, Any, Any], pools: Sequence[int]) -> None:
    import numpy as np

    lid, billed, effective = lines
    for position in pools:
        arrays = {
            "lid": lid,
            "position": np.full(len(lid), position),
            "b": billed[:, position],
            "e": effective[:, position],
        }
        insert_arrays(db, "unit", "lid, position, b, e", arrays)
