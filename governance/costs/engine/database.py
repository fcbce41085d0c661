"""DuckDB as costs use it: in the process, within bounds, spilling to a folder of the task's own."""

from pathlib import Path
from typing import Any

MEMORY = "1GB"


def opened(folder: Path, memory: str = MEMORY) -> Any:
    """Return a connection that keeps what does not fit into memory under ``folder``."""
    import duckdb

    connection = duckdb.connect(
        str(folder / "work.duckdb"),
        config={
            "memory_limit": memory,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection
