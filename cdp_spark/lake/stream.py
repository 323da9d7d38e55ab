"""A job's run over a table's changes as they come: the same function, once a micro-batch."""

from collections.abc import Callable

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame

from cdp_spark.lake import storage
from cdp_spark.lake.lake import Lake, changed_rows
from cdp_spark.lake.ledger import last_read
from cdp_spark.tables import Table


def stream(lake: Lake, table: Table, step: Callable[[Lake], None]) -> int:
    """Run `step` on all changes of a table that no earlier stream of this job took.

    Ends when nothing is left (availableNow). Gives the number of micro-batches.
    A batch that is delivered again after a crash writes nothing twice: the lake's writes
    compare content.
    """
    done = 0
    failures: list[Exception] = []

    def take(rows: DataFrame, number: int) -> None:
        nonlocal done
        bound = lake.bound_to(table, rows.persist())
        try:
            step(bound)
        except Exception as failure:
            failures.append(failure)
            raise
        finally:
            rows.unpersist()
        lake.ledger.add(bound.ledger)
        done += 1

    storage.make(lake.spark, lake.root, table)
    newest = storage.version_of(lake.root, table)
    seen = last_read(lake.spark, lake.root, lake.run.job, table)
    if seen == newest:
        return 0
    source = lake.spark.readStream.format("delta").option("readChangeFeed", "true")
    # Only the first start of a stream looks at it; from then on its checkpoint counts.
    source = source.option("startingVersion", 0 if seen is None else seen + 1)
    feed = source.load(storage.path_of(lake.root, table))
    query = (
        changed_rows(feed, table)
        .writeStream.foreachBatch(take)
        .option("checkpointLocation", f"{lake.root}/_streams/{lake.run.job}")
        .trigger(availableNow=True)
        .start()
    )
    try:
        query.awaitTermination()
    except StreamingQueryException:
        if failures:  # the step's own error says more, and has its own exit code
            raise failures[0] from None
        raise
    lake.ledger.reads.setdefault(table.name, {"mode": "stream", "row_count": 0})
    lake.ledger.reads[table.name]["version"] = newest
    return done
