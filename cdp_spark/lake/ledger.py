"""What each run read and wrote, and from it, the position of each job in its tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from cdp_spark.lake import commits
from cdp_spark.lake.leases import lease
from cdp_spark.lake.snapshot import opened_table
from cdp_spark.lake.storage import NEVER, make, path_of, version_of
from cdp_spark.tables import Table
from cdp_spark.tables.ops import RUN

Counts = dict[str, Any]
WHOLE, CHANGES, BOTH = "whole", "changes", "both"
_OF_RUNS = [
    "run_id", "job", "as_of_on", "started_at", "settings_hash", "code_version", "reads", "writes",
]  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run of one job: its id, the day it computes, and its purpose."""

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

    def note_read(self, table: Table, version: int, mode: str) -> bool:
        """Note how a table is read; returns whether its rows in this mode must be counted.

        If a table is read in both modes, only its changes are counted.
        """
        noted = self.reads.get(table.name)
        if noted is None:
            self.reads[table.name] = {"version": version, "mode": mode, "row_count": 0}
            return True
        if noted["mode"] in (mode, BOTH):
            return False
        noted["mode"] = BOTH
        return mode == CHANGES

    def add(self, other: "Ledger") -> None:
        """Add the counts of a part of this run; versions are those of the part."""
        for total, part in ((self.reads, other.reads), (self.writes, other.writes)):
            for name, counts in part.items():
                total[name] = {
                    what: count + total.get(name, {}).get(what, 0)
                    if what.endswith("_count")
                    else count
                    for what, count in counts.items()
                }

    def is_idle_after(self, last: "Ledger") -> bool:
        """Whether the run wrote nothing, and every table is as the `last` recorded run left it.

        Its row in ops.run would not change any job's position.
        """
        is_unwritten = not any(
            count
            for counts in self.writes.values()
            for what, count in counts.items()
            if what.endswith("_count")
        )
        # ops.run has grown by the row of the last run.
        read = {name: entry for name, entry in self.reads.items() if name != RUN.name}
        return is_unwritten and all(
            entry["version"] == last.final_version(name, is_whole=entry["mode"] == WHOLE)
            for name, entry in read.items()
        )

    def final_version(self, name: str, *, is_whole: bool) -> int | None:
        """The version of a table that this run knew at its end; None if it did not use it.

        If the run read changes of the table, its own writes are still unread.
        """
        seen = self.reads.get(name, {}).get("version")
        written = self.writes.get(name, {}).get("version") if is_whole else None
        return seen if written is None else written


@dataclass(frozen=True)
class LastRead:
    """The version of a table that a job's last finished run read, with its settings and code."""

    version: int
    settings_hash: str
    code_version: str
    started_at: datetime
    as_of: date

    def is_like(self, run: Run) -> bool:
        """Whether that run had the settings and the code of this one."""
        return (self.settings_hash, self.code_version) == (run.settings_hash, run.code_version)


def last_reads(root: str, job: str) -> dict[str, LastRead]:
    """Table name → the last read of it by a finished run of the job."""
    return reads_of(runs_of(root, job))


def last_writes(root: str, job: str) -> dict[str, int]:
    """Table name → its version after the last write of a finished run of the job."""
    return writes_of(runs_of(root, job))


def reads_of(runs: Iterable[Mapping[str, Any]]) -> dict[str, LastRead]:
    """Table name → its last read; `runs` are those of one job, oldest first."""
    found: dict[str, LastRead] = {}
    for run in runs:
        context = run["settings_hash"], run["code_version"], run["started_at"], run["as_of_on"]
        for name, entry in run["reads"]:
            if entry["version"] is not None:
                found[name] = LastRead(entry["version"], *context)
    return found


def writes_of(runs: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Table name → its version after the last run that wrote it; `runs` as for `reads_of`."""
    return {name: entry["version"] for run in runs for name, entry in run["writes"]}


def runs_of(root: str, job: str | None = None) -> list[dict[str, Any]]:
    """Rows of ops.run, oldest first, of one job or of all; `maintain_tables` keeps it small."""
    if version_of(root, RUN) == NEVER:
        return []
    table = opened_table(path_of(root, RUN))
    if table is None:
        return _runs_by_spark(root, job)
    runs = table.to_pyarrow_table(columns=_OF_RUNS)
    of_job = runs if job is None else runs.filter(pc.equal(runs["job"].cast(pa.string()), job))
    rows: list[dict[str, Any]] = of_job.sort_by("started_at").to_pylist()
    return rows


def _runs_by_spark(root: str, job: str | None) -> list[dict[str, Any]]:
    spark = SparkSession.active()
    runs = spark.read.format("delta").load(path_of(root, RUN)).select(*_OF_RUNS)
    of_job = runs if job is None else runs.where(F.col("job") == job)
    rows = [row.asDict(recursive=True) for row in of_job.orderBy("started_at").collect()]
    return [row | {what: [*row[what].items()] for what in ("reads", "writes")} for row in rows]


def write_entry(version: int, counts: Mapping[str, int]) -> Counts:
    """The ledger entry of a write: the version after it, and the counts of changed rows."""
    kinds = ("insert", "update", "delete")
    changed = {f"{kind}{'ed' if kind == 'insert' else 'd'}_count": counts.get(kind, 0)
               for kind in kinds}  # fmt: skip
    return {"version": version, **changed}


def record(spark: SparkSession, root: str, run: Run, ledger: Ledger, seconds: float) -> None:
    """Append the finished run to ops.run; from then on its input counts as read."""
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
    ordered = tuple(row[name] for name in RUN.columns)
    with lease(root, RUN.name, run.run_id):
        append_run(spark, root, ordered)


def append_run(spark: SparkSession, root: str, row: tuple[Any, ...]) -> None:
    """Append one row to ops.run in its own commit."""
    version = version_of(root, RUN)
    number = "runs", version + 1
    arrow = pa.Table.from_pylist(
        [dict(zip(RUN.columns, row, strict=True))],
        schema=to_arrow_schema(RUN.schema, timezone="UTC"),
    )
    if not commits.append(root, RUN, arrow, number, version):
        rows = spark.createDataFrame([row], RUN.schema)
        commits.append_by_spark(root, RUN, rows.coalesce(1), number)
