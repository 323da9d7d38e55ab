"""What must hold after every fault, checked by one function.

I1 received = accepted + rejected + duplicate, in count and fingerprint; I2 no event key twice; I3
equal to a clean run (by whoever has one); I4 readers saw whole versions only (by whoever reads
meanwhile); I5 a failure is loud (by whoever expects one); I6 no personal value in any log.
"""

from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.lake import Lake
from cdp_spark.lake.fingerprint import row_hash
from cdp_spark.silver import unbalanced
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED

# Which of two equal payloads becomes the event depends on their positions.
_CONTENT = [name for name in EVENT.content if name != "record_id"]


@dataclass(frozen=True)
class Shares:
    """What became of the records of a part."""

    received: int
    accepted: int
    rejected: int
    duplicate: int
    content: int

    def __str__(self) -> str:
        """As evidence."""
        return (
            f"{self.received:,} received = {self.accepted:,} accepted + {self.rejected:,} rejected "
            f"+ {self.duplicate:,} duplicate"
        )


def kept_invariants(
    lake: Lake, secret: str, log: str = "", part: Column | None = None
) -> dict[str, Shares]:
    """What became of the records of each part; fails where an invariant does not hold.

    `part` is made of columns of bronze.record; none: the source. `log` is what the runs wrote to
    stderr.
    """
    outcomes = [lake.read(table) for table in (EVENT, REJECTED, DUPLICATE)]
    faults = unbalanced(lake.read(RECORD), outcomes).limit(5).collect()
    assert not faults, f"I1: {faults}"
    twice = lake.read(EVENT).groupBy("event_key").count().where("count > 1").limit(5).collect()
    assert not twice, f"I2: {twice}"
    kept_secret(Path(lake.root), secret, log)
    return _shares(lake, F.col("source") if part is None else part)


def kept_secret(root: Path, secret: str, log: str) -> None:
    """Fails where what runs wrote to stderr, or the log of a table, holds a personal value."""
    assert secret not in log, "I6: a personal value was logged"
    for file in root.rglob("_delta_log/*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), f"I6: a personal value in {file}"


def _shares(lake: Lake, part: Column) -> dict[str, Shares]:
    hashed = row_hash([F.col(name) for name in _CONTENT]).cast("decimal(38,0)")
    zero = F.lit(0).cast("decimal(38,0)")
    ends = [
        lake.read(EVENT).select("record_id", F.lit("accepted").alias("end"), hashed.alias("hash")),
        lake.read(REJECTED)
        .where(~F.col("is_replayed"))
        .select("record_id", F.lit("rejected"), zero),
        lake.read(DUPLICATE).select("record_id", F.lit("duplicate"), zero),
    ]
    records = lake.read(RECORD).select("record_id", part.alias("part"))
    with_ends = records.join(reduce(DataFrame.union, ends), on="record_id", how="left_outer")
    counts = [F.count_if(F.col("end") == name) for name in ("accepted", "rejected", "duplicate")]
    rows = with_ends.groupBy("part").agg(F.count("*"), *counts, F.sum("hash")).collect()
    return {row[0]: Shares(*[int(value or 0) for value in row[1:]]) for row in rows}
