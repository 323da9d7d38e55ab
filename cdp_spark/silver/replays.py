"""Stored records to parse again: rejected ones after a fix, others by the day they landed.

Decided: an accepted record stays accepted. A stricter contract applies to new records only; only
erasure removes accepted ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.silver.outcomes import Outcomes
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import REJECTED, REPLAY

# Erasure is final; records that a rule dropped have no bytes left.
_FINAL = ("suppressed",)


def replays_of(
    rejected: DataFrame, requested_in: str, sources: Sequence[str] = (), reasons: Sequence[str] = ()
) -> DataFrame:
    """silver.replay rows: rejected records to parse again, of some sources and reasons, or all.

    Not those that a replay accepted already, nor those without bytes.
    """
    wanted = rejected.where(
        ~F.col("is_replayed") & F.col("raw").isNotNull() & ~F.col("reason").isin(*_FINAL)
    )
    for name, values in (("source", sources), ("reason", reasons)):
        wanted = wanted.where(F.col(name).isin(*values)) if values else wanted
    return wanted.withColumn("requested_in", F.lit(requested_in)).select(*REPLAY.columns)


def backfills_of(
    records: DataFrame, requested_in: str, sources: Sequence[str], begin: datetime, end: datetime
) -> DataFrame:
    """silver.replay rows: bronze records of some sources that landed in [begin, end)."""
    is_of_sources = F.col("source").isin(*sources)
    landed = (F.col("landed_at") >= F.lit(begin)) & (F.col("landed_at") < F.lit(end))
    columns = {"reason": F.lit("backfill"), "requested_in": F.lit(requested_in)}
    return records.where(is_of_sources & landed).withColumns(columns).select(*REPLAY.columns)


@dataclass(frozen=True)
class ReplayChanges:
    """Rows of silver.rejected, and the scopes of events and duplicates to overwrite.

    `event_keys` is the scope of events and sightings, `record_ids` that of duplicates.
    """

    rejected: DataFrame
    event_keys: DataFrame
    record_ids: DataFrame


def replay_changes(
    parsed: DataFrame, outcomes: Outcomes, stored: Outcomes, run_id: str
) -> ReplayChanges:
    """The changes that replayed records make; `stored` are the whole tables.

    A record that was accepted before is not rejected now. A record that becomes an event of another
    key leaves its old key; a former duplicate that wins now stops being a duplicate.
    """
    replayed = parsed.where(F.col("is_replay")).select("record_id")
    accepted = stored.events.select("record_id").union(stored.duplicates.select("record_id"))
    kept = accepted.join(replayed, on="record_id", how="left_semi")
    rejected = outcomes.rejected.join(kept, on="record_id", how="left_anti")
    rejected = rejected.select(*REJECTED.columns)
    newly_accepted = accepted_replays(parsed, stored.rejected, rejected, run_id)
    events = outcomes.events.select("record_id", "event_key")
    earlier = stored.events.join(replayed, on="record_id", how="left_semi").join(
        events.select("record_id"), on="record_id", how="left_semi"
    )
    replayed_events = events.join(replayed, on="record_id", how="left_semi").select("record_id")
    return ReplayChanges(
        rejected.unionByName(newly_accepted),
        reduce(DataFrame.union, [one.select("event_key") for one in (events, earlier)]),
        reduce(DataFrame.union, [outcomes.duplicates.select("record_id"), replayed_events]),
    )


def with_replays(new: DataFrame, stored: DataFrame, requested: DataFrame) -> DataFrame:
    """New records, as `new_records` returns them, and the stored ones that `requested` names."""
    ids = requested.select("record_id").distinct()
    matching = stored.join(ids, on="record_id", how="left_semi")
    replayed = matching.join(new.select("record_id"), on="record_id", how="left_anti")
    return new.unionByName(
        replayed.select(*RECORD.columns, F.lit(True).alias("is_replay"))  # noqa: FBT003
    )


def new_records(records: DataFrame) -> DataFrame:
    """The records, marked as not replayed."""
    return records.select(*RECORD.columns, F.lit(False).alias("is_replay"))  # noqa: FBT003


def accepted_replays(
    parsed: DataFrame, stored: DataFrame, rejected: DataFrame, run_id: str
) -> DataFrame:
    """silver.rejected rows of records that a replay has accepted, marked with the run.

    `rejected` are the rows rejected in this run, `stored` those of earlier runs.
    """
    replayed = parsed.where(F.col("is_replay")).select("record_id")
    accepted = replayed.join(rejected.select("record_id"), on="record_id", how="left_anti")
    waiting = stored.where(~F.col("is_replayed"))
    newly_accepted = waiting.join(accepted, on="record_id", how="left_semi")
    return newly_accepted.withColumns(
        {"is_replayed": F.lit(True), "replayed_in": F.lit(run_id)}  # noqa: FBT003
    ).select(*REJECTED.columns)
