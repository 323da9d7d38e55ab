"""DuckDB that keeps stdout for the benchmark's own line."""

from pathlib import Path

import duckdb


def connected(spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection in UTC without a progress bar; what does not fit in memory goes to `spill`."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
    if spill is not None:
        connection.execute(f"SET temp_directory = '{spill}'")
    return connection
