"""A job's run over a table's changes as they come: the same function, once a micro-batch."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame

from cdp_spark.lake import storage
from cdp_spark.lake.filesystem import folder_names, remove_folder
from cdp_spark.lake.lake import Lake, changed_rows
from cdp_spark.lake.leases import lease
from cdp_spark.lake.ledger import last_reads
from cdp_spark.tables import Table

_DAYS = 30 * 86_400.0


def stream(lake: Lake, table: Table, step: Callable[[Lake], None]) -> int:
    """Run `step` on all changes of a table since this job's last finished run, of whichever kind.

    Ends when nothing is left (availableNow). Gives the number of micro-batches. A run that was
    killed is taken up by the next one where it stopped, by the checkpoint of its first version.
    A batch that is delivered again after a crash writes nothing twice: the lake's writes
    compare content.

    Raises:
        LeaseHeld: another stream of this job is running.
        Exception: what `step` raised.
    """
    # Two streams would share one checkpoint. A stream may run for days: only its end frees it.
    name = f"_stream.{lake.run.job}"
    with lease(lake.root, name, lake.run.run_id, wait_seconds=0.0, expires_seconds=_DAYS):
        return _streamed(lake, table, step)


def _streamed(lake: Lake, table: Table, step: Callable[[Lake], None]) -> int:
    storage.make(lake.spark, lake.root, table, lake.run.run_id)
    newest = storage.version_of(lake.root, table)
    seen = last_reads(lake.spark, lake.root, lake.run.job).get(table.name)
    if seen and seen.version == newest:
        return 0
    start = seen.version + 1 if seen else 0
    source = lake.spark.readStream.format("delta").option("readChangeFeed", "true")
    feed = source.option("startingVersion", start).load(storage.path_of(lake.root, table))
    batches = _Batches(lake, table, step)
    query = (
        changed_rows(feed, table)
        .writeStream.foreachBatch(batches.take)
        .option("checkpointLocation", _checkpoint(lake, start))
        .trigger(availableNow=True)
        .start()
    )
    try:
        query.awaitTermination()
    except StreamingQueryException:
        if batches.failure:  # says more, and has its own exit code
            raise batches.failure from None
        raise
    lake.ledger.reads.setdefault(table.name, {"mode": "stream", "row_count": 0})
    lake.ledger.reads[table.name]["version"] = newest
    return batches.count


@dataclass
class _Batches:
    """The micro-batches a step has taken, and the error that ended it."""

    lake: Lake
    table: Table
    step: Callable[[Lake], None]
    count: int = 0
    failure: Exception | None = None

    def take(self, rows: DataFrame, _: int) -> None:
        bound = self.lake.bound_to(self.table, rows.persist())
        try:
            self.step(bound)
        except Exception as failure:
            self.failure = failure
            raise
        finally:
            rows.unpersist()
        bound.count_reads()
        self.lake.ledger.add(bound.ledger)
        self.count += 1


def _checkpoint(lake: Lake, start: int) -> str:
    """Where a stream from version `start` notes its progress; that of finished ones is removed.

    Apart by version, because Delta refuses a checkpoint that was begun from another one.
    """
    folder = f"{lake.root}/_streams/{lake.run.job}"
    for name in folder_names(folder):
        if name != str(start):
            remove_folder(f"{folder}/{name}")
    return f"{folder}/{start}"
