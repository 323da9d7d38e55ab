"""The same keys found by DuckDB and by Polars in the files of silver.key.

Each writes OUT/keys.parquet with `key_hash` and `stored_on`: a row without a day per key that
occurs twice in the batch, and one per stored key and day. Both are given the hashes ready.
"""

# ruff: noqa: S608 - every query is our own text

from pathlib import Path

import polars as pl

from tests.benchmarks.duck import connected


def duckdb_keys(files: list[str], batch: Path, out: Path) -> None:
    """By SQL."""
    out.mkdir(parents=True)
    listed = ", ".join(f"'{file}'" for file in files)
    batch_files = f"'{batch}/*.parquet'"
    with connected() as connection:
        connection.execute(
            f"COPY (SELECT key_hash, NULL::DATE AS stored_on FROM {batch_files} "
            f"GROUP BY key_hash HAVING count(*) > 1 UNION ALL "
            f"SELECT key_hash, event_on FROM read_parquet([{listed}]) "
            f"WHERE key_hash IN (SELECT key_hash FROM {batch_files})) TO '{out}/keys.parquet'"
        )


def polars_keys(files: list[str], batch: Path, out: Path) -> None:
    """By lazy frames."""
    out.mkdir(parents=True)
    hashes = pl.scan_parquet(f"{batch}/*.parquet").select("key_hash")
    counted = hashes.group_by("key_hash").len().filter(pl.col("len") > 1)
    twice = counted.select("key_hash", pl.lit(None).cast(pl.Date).alias("stored_on"))
    known = pl.scan_parquet(files).select("key_hash", pl.col("event_on").alias("stored_on"))
    stored = known.join(hashes, on="key_hash", how="semi")
    pl.concat([twice, stored]).collect().write_parquet(out / "keys.parquet")
