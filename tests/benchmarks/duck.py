"""DuckDB that keeps stdout for the benchmark's own line."""

from pathlib import Path

import duckdb
import psutil


def connected(spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection in UTC without a progress bar; what does not fit in memory goes to `spill`.

    It may take half of the machine's memory: by itself it would take four fifths, beside the JVM
    that waits for it, and be killed.
    """
    half = psutil.virtual_memory().total // 2
    connection = duckdb.connect(config={"memory_limit": f"{half}B"})
    connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    if spill is not None:
        connection.execute(f"SET temp_directory = '{spill}'")
    return connection
