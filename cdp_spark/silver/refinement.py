"""New records and requested replays → the writes of each table of silver.

Tables are in commit order: events last, because later runs decide by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.semantics.lake_reader import LakeReader
from cdp_spark.semantics.parser import Parser
from cdp_spark.semantics.rules import Rule
from cdp_spark.silver.outcomes import (
    Outcomes,
    RoutedRecords,
    routed_records,
    suppressed_records,
    with_suppressed,
)
from cdp_spark.silver.parse import Normalisation, parsed_records
from cdp_spark.silver.quality import failed_rules, rule_counts, with_violations
from cdp_spark.silver.ranking import contested_keys, keys_of, ranked_records
from cdp_spark.silver.replays import new_records, replay_changes, with_replays
from cdp_spark.silver.shapes import shapes_of
from cdp_spark.silver.sightings import Tokens, sightings_of
from cdp_spark.tables import Table
from cdp_spark.tables.audience import SUPPRESSION
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import DUPLICATE, EVENT, KEY, QUALITY, REJECTED, SHAPE, SIGHTING
from cdp_spark.tables.writes import Append, Overwrite, Write

# Up to this many records, rejected ones are not counted before they are written.
_FEW = 50_000


@dataclass(frozen=True)
class RefinementOptions:
    """Parsers by source, quality rules, identifier tokens, normalisation and the run's id."""

    parsers: Mapping[str, Parser]
    rules: Sequence[Rule]
    tokens: Tokens
    normalisation: Normalisation
    run_id: str

    @property
    def kind_count(self) -> int:
        """The most identifiers of a record with one value of each kind."""
        return len(self.normalisation.spellings.rules)


@dataclass(frozen=True)
class SilverWrites:
    """Writes by table, in commit order; any row of `failures` stops the run.

    `records` are the records that the writes cover.
    """

    records: DataFrame
    writes: dict[Table, Write]
    failures: DataFrame | None


def silver_writes(
    new: DataFrame, requested: DataFrame, refining: RefinementOptions, lake: LakeReader
) -> SilverWrites | None:
    """The writes for new rows of bronze.record and silver.replay; None if there are no records.

    Replayed records are checked like new ones.
    """
    has_replays = not requested.isEmpty()
    records = new_records(new)
    if has_replays:
        records = with_replays(records, lake.read(RECORD), requested)
    parsed = parsed_records(records, refining.parsers, refining.normalisation)
    checked = with_violations(parsed, refining.rules)
    checked = lake.materialize("parsed", checked)
    if not lake.count(checked):
        return None
    parsed = _without_suppressed(checked, refining.tokens, lake)
    outcomes = _outcomes(parsed, refining, lake, has_replays=has_replays)
    counts, failing = _counted(checked.where("not is_replay"), refining.rules, lake)
    return SilverWrites(records, counts | outcomes, failing)


def _without_suppressed(parsed: DataFrame, tokens: Tokens, lake: LakeReader) -> DataFrame:
    """The parsed records; those with a suppressed identifier are rejected."""
    suppression = lake.read(SUPPRESSION)
    if suppression.isEmpty():
        return parsed
    found = lake.materialize("suppressed", suppressed_records(parsed, suppression, tokens))
    return with_suppressed(parsed, found)


def _counted(
    parsed: DataFrame, rules: Sequence[Rule], lake: LakeReader
) -> tuple[dict[Table, Write], DataFrame | None]:
    """Writes of silver.shape and silver.quality, and the failed rules that stop the run."""
    quality = lake.materialize("quality", rule_counts(parsed, rules))
    writes: dict[Table, Write] = {SHAPE: shapes_of(parsed), QUALITY: quality}
    return writes, failed_rules(quality, rules) if rules else None


def _outcomes(
    parsed: DataFrame, refining: RefinementOptions, lake: LakeReader, *, has_replays: bool
) -> dict[Table, Write]:
    """Writes of each record's outcome; events last, their keys before them."""
    valid = parsed.where("rejection_reason is null")
    contested = lake.materialize("contested", contested_keys(valid, lake.read(KEY)))
    ranked = ranked_records(valid, contested, lake.read(EVENT))
    if is_contested := lake.count(contested) > 0:
        ranked = lake.materialize("ranked", ranked)
    routed, keys = routed_records(parsed, ranked), keys_of(valid, contested)
    if has_replays:
        return {KEY: keys} | _replayed(parsed, routed, refining, lake)
    replaces = is_contested and not ranked.where("is_new and rank = 1 and has_stored").isEmpty()
    total = lake.count(parsed)
    rejected_count = total if total <= _FEW else lake.count(routed.rejected)
    ranked_count = lake.count(ranked) if is_contested else 0
    return {
        REJECTED: Append(routed.rejected, otherwise=routed.rejected, most=rejected_count),
        DUPLICATE: Append(routed.duplicates, otherwise=routed.duplicates, most=ranked_count),
        KEY: Append(keys, otherwise=keys, most=total),
    } | _added(routed, refining, lake, total if not replaces else None)


def _added(
    routed: RoutedRecords, refining: RefinementOptions, lake: LakeReader, most: int | None
) -> dict[Table, Write]:
    """Writes of events and sightings; if `most` is None, some replace stored ones."""
    tokens = refining.tokens
    compared = Overwrite(
        sightings_of(routed.winners, tokens), scope=routed.winners.select("event_key")
    )
    new, added = sightings_of(routed.added, tokens), routed.added.select(*EVENT.columns)
    events = routed.outcomes.events
    if most is not None:
        sightings = Append(new, compared, most=most * refining.kind_count)
        return {SIGHTING: sightings, EVENT: Append(added, events, most=most)}
    updated = lake.materialize("updated", routed.updated)
    replaced = Overwrite(sightings_of(updated, tokens), scope=updated.select("event_key"))
    return {
        SIGHTING: Append(new, compared, rebuilt=replaced),
        EVENT: Append(added, events, updated=updated.select(*EVENT.columns)),
    }


def _replayed(
    parsed: DataFrame, routed: RoutedRecords, refining: RefinementOptions, lake: LakeReader
) -> dict[Table, Write]:
    """Writes when some of the records are replays."""
    stored = Outcomes(*[lake.read(table) for table in (EVENT, REJECTED, DUPLICATE)])
    changes = replay_changes(parsed, routed.outcomes, stored, refining.run_id)
    sightings = sightings_of(routed.winners, refining.tokens)
    return {
        REJECTED: changes.rejected,
        DUPLICATE: Overwrite(routed.duplicates, scope=changes.record_ids),
        SIGHTING: Overwrite(sightings, scope=changes.event_keys),
        EVENT: Overwrite(routed.outcomes.events, scope=changes.event_keys),
    }
