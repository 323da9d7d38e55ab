"""What each run read and wrote; and from it, how far a job has come."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake.faults import fault_point
from cdp_spark.lake.storage import exists, make, path_of
from cdp_spark.tables.ops import RUN

Counts = dict[str, Any]
WHOLE = "whole"


@dataclass(frozen=True)
class Run:
    """One run of one job: who it is, which day it speaks of, and what it may read."""

    job: str
    run_id: str
    purpose: str
    as_of: date
    started_at: datetime
    settings_hash: str = ""
    code_version: str = ""
    is_dry: bool = False
    key_file: str = ""


@dataclass
class Ledger:
    """What a run has read and written so far."""

    reads: dict[str, Counts] = field(default_factory=dict)
    writes: dict[str, Counts] = field(default_factory=dict)

    def add(self, other: "Ledger") -> None:
        """Add the counts of a part of this run; versions are the part's."""
        for mine, theirs in ((self.reads, other.reads), (self.writes, other.writes)):
            for name, counts in theirs.items():
                mine[name] = {
                    what: count + mine.get(name, {}).get(what, 0)
                    if what.endswith("_count")
                    else count
                    for what, count in counts.items()
                }

    def adds_nothing_to(self, last: "Ledger") -> bool:
        """Whether a run wrote nothing and found every table as the `last` recorded one left it.

        Its row in ops.run would move nobody's place in any table.
        """
        is_unwritten = not any(
            count
            for counts in self.writes.values()
            for what, count in counts.items()
            if what.endswith("_count")
        )
        # ops.run itself has grown by the last run's own row.
        read = {name: entry for name, entry in self.reads.items() if name != RUN.name}
        return is_unwritten and all(
            entry["version"] == last.left_at(name, is_whole=entry["mode"] == WHOLE)
            for name, entry in read.items()
        )

    def left_at(self, name: str, *, is_whole: bool) -> int | None:
        """The version of a table that this run knew when it ended; none where it saw none.

        Of a table whose changes are asked for, what the run itself wrote is still to be read.
        """
        seen = self.reads.get(name, {}).get("version")
        written = self.writes.get(name, {}).get("version") if is_whole else None
        return seen if written is None else written


@dataclass(frozen=True)
class LastRead:
    """The version of a table that a job's last finished run read, and with what it ran."""

    version: int
    settings_hash: str
    code_version: str
    started_at: datetime

    def is_like(self, run: Run) -> bool:
        """Whether that run had the settings and the code of this one."""
        return (self.settings_hash, self.code_version) == (run.settings_hash, run.code_version)


def last_reads(spark: SparkSession, root: str, job: str) -> dict[str, LastRead]:
    """Table name → what the job's last finished run that read it saw; one query for all tables."""
    if not exists(root, RUN):
        return {}
    runs = spark.read.format("delta").load(path_of(root, RUN)).where(F.col("job") == job)
    read = runs.select("*", F.explode("reads").alias("name", "entry"))
    told = F.struct(
        F.col("entry.version").alias("version"), "settings_hash", "code_version", "started_at"
    )
    newest = (
        read.where(F.col("entry.version").isNotNull())
        .groupBy("name")
        .agg(F.max_by(told, F.col("started_at")).alias("last"))
    )
    return {row["name"]: LastRead(*row["last"]) for row in newest.collect()}


def last_writes(spark: SparkSession, root: str, job: str) -> dict[str, int]:
    """Table name → its version when the job's last finished run had written; one query for all."""
    if not exists(root, RUN):
        return {}
    runs = spark.read.format("delta").load(path_of(root, RUN)).where(F.col("job") == job)
    written = runs.select("started_at", F.explode("writes").alias("name", "entry"))
    newest = written.groupBy("name").agg(
        F.max_by(F.col("entry.version"), F.col("started_at")).alias("version")
    )
    return {row["name"]: row["version"] for row in newest.collect()}


def record(spark: SparkSession, root: str, run: Run, ledger: Ledger, seconds: float) -> None:
    """Append the finished run to ops.run: only from here on is its input counted as read."""
    make(spark, root, RUN, run.run_id)
    row = {
        "run_id": run.run_id,
        "job": run.job,
        "purpose": run.purpose,
        "as_of_on": run.as_of,
        "started_at": run.started_at,
        "seconds": seconds,
        "settings_hash": run.settings_hash,
        "code_version": run.code_version,
        "reads": ledger.reads,
        "writes": ledger.writes,
    }
    fault_point(spark, "before", RUN.name)
    rows = spark.createDataFrame([tuple(row[name] for name in RUN.columns)], RUN.schema)
    rows.coalesce(1).write.format("delta").mode("append").save(path_of(root, RUN))
    fault_point(spark, "after", RUN.name)
