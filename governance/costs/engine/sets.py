"""DuckDB as we open it: two threads, a bound on memory, everything else in a folder on disk."""

from pathlib import Path
from typing import Any

MEMORY = "1200MB"
THREADS = 2


def open_sets(folder: Path, memory: str = MEMORY) -> Any:
    """Return a DuckDB connection whose tables and overflow lie in ``folder``."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "threads": THREADS,
        "temp_directory": str(folder / "overflow"),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(str(folder / "sets.duckdb"), config=settings)


def insert_rows(db: Any, table: str, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    """Make ``table`` unless it is there, and add ``rows``: many at once, by way of Arrow."""
    import pyarrow as pa

    made = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    db.execute(f"CREATE TABLE IF NOT EXISTS {table} ({made})")
    if not rows:
        return
    arrays = [pa.array(list(values)) for values in zip(*rows, strict=True)]
    db.register("incoming", pa.table(arrays, names=list(columns)))
    wanted = ", ".join(f"CAST({name} AS {kind})" for name, kind in columns.items())
    db.execute(f"INSERT INTO {table} SELECT {wanted} FROM incoming")
    db.unregister("incoming")


def insert_arrays(db: Any, table: str, chosen: str, arrays: dict[str, Any]) -> None:
    """Add to ``table`` what ``chosen`` (SQL) makes of columns given as NumPy arrays."""
    import numpy as np
    import pyarrow as pa

    flat = [pa.array(np.ascontiguousarray(values)) for values in arrays.values()]
    db.register("incoming", pa.table(flat, names=list(arrays)))
    db.execute(f"INSERT INTO {table} SELECT {chosen} FROM incoming")
    db.unregister("incoming")


def digits(amount: str) -> str:
    """Return SQL for ``amount``, a DECIMAL(38,18), as the text of its units."""
    return f"replace(CAST({amount} AS VARCHAR), '.', '')"


def units(amount: str) -> str:
    """Return SQL for ``amount``, a DECIMAL(38,18), as a whole number of units.

    By its digits, which is quicker than arithmetic; decimals add up exactly, so sums come first.
    """
    return f"CAST({digits(amount)} AS HUGEINT)"


def decimal(amount: str) -> str:
    """Return SQL for ``amount`` in units as a DECIMAL(38,18): the same digits, the point moved."""
    return f"(CAST({amount} AS DECIMAL(38,0)) * CAST('0.000000000000000001' AS DECIMAL(18,18)))"
