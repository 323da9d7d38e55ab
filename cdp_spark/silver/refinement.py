"""Records that arrived, and those asked for again → what is to be written of each table of silver.

The tables come in the order of their commits: the events last, because later runs go by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.silver.outcomes import (
    Outcomes,
    Settled,
    settled,
    suppressed_records,
    with_suppressed,
)
from cdp_spark.silver.parse import Parser, parsed_records
from cdp_spark.silver.quality import failures, judged, quality_of
from cdp_spark.silver.ranking import contested_keys, keys_of, ranked_records
from cdp_spark.silver.replays import arrivals, redone, with_replays
from cdp_spark.silver.shapes import shapes_of
from cdp_spark.silver.sightings import Tokens, sightings_of
from cdp_spark.tables import Table
from cdp_spark.tables.audience import SUPPRESSION
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import DUPLICATE, EVENT, KEY, QUALITY, REFUSED, SHAPE, SIGHTING
from cdp_spark.tables.writes import Append, Overwrite, Write
from cdp_spark.terms.bench import Bench
from cdp_spark.terms.rules import Rule

# Up to so many records, how many of them are refused need not be counted before they are written.
_FEW = 50_000


@dataclass(frozen=True)
class Refining:
    """How records are read: the sources' parsers, the rules of events, the tokens, and the run."""

    parsers: Mapping[str, Parser]
    rules: Sequence[Rule]
    tokens: Tokens
    run_id: str


@dataclass(frozen=True)
class Refinement:
    """What is to be written, by table and in order; `failures` stop the run if there are any.

    `records` are those that the writes account for.
    """

    records: DataFrame
    writes: dict[Table, Write]
    failures: DataFrame | None


def refinement_of(
    arrived: DataFrame, asked: DataFrame, refining: Refining, bench: Bench
) -> Refinement | None:
    """What becomes of new rows of bronze.record and silver.replay; none where there are no records.

    Records that are asked for again are judged like new ones.
    """
    has_replays = not asked.isEmpty()
    records = arrivals(arrived)
    if has_replays:
        records = with_replays(records, bench.read(RECORD), asked)
    country = refining.tokens.country_code
    read = judged(parsed_records(records, refining.parsers, country), refining.rules)
    read = bench.keep("parsed", read)
    if not bench.count(read):
        return None
    parsed = _permitted(read, refining.tokens, bench)
    outcomes = _outcomes(parsed, refining, bench, has_replays=has_replays)
    counts, failing = _counted(read.where("not is_again"), refining.rules, bench)
    return Refinement(records, counts | outcomes, failing)


def _permitted(parsed: DataFrame, tokens: Tokens, bench: Bench) -> DataFrame:
    """The parsed records; those that carry a suppressed identifier are refused."""
    suppression = bench.read(SUPPRESSION)
    if suppression.isEmpty():
        return parsed
    found = bench.keep("suppressed", suppressed_records(parsed, suppression, tokens))
    return with_suppressed(parsed, found)


def _counted(
    parsed: DataFrame, rules: Sequence[Rule], bench: Bench
) -> tuple[dict[Table, Write], DataFrame | None]:
    """How often rules were broken and which fields there were; and what stops the run."""
    counts: dict[Table, Write] = {SHAPE: shapes_of(parsed)}
    if not rules:
        return counts, None
    quality = bench.keep("quality", quality_of(parsed, rules))
    return counts | {QUALITY: quality}, failures(quality, rules)


def _outcomes(
    parsed: DataFrame, refining: Refining, bench: Bench, *, has_replays: bool
) -> dict[Table, Write]:
    """What becomes of each record; the events last, the keys they are known by before them."""
    valid = parsed.where("refusal is null")
    contested = bench.keep("contested", contested_keys(valid, bench.read(KEY)))
    ranked = ranked_records(valid, contested, bench.read(EVENT))
    if is_contested := bench.count(contested) > 0:
        ranked = bench.keep("ranked", ranked)
    found, keys = settled(parsed, ranked), keys_of(valid, contested)
    if has_replays:
        return {KEY: keys} | _replayed(parsed, found, refining, bench)
    replaces = is_contested and not ranked.where("is_new and rank = 1 and has_stored").isEmpty()
    total = bench.count(parsed)
    refused = total if total <= _FEW else bench.count(found.refused)
    doubled = bench.count(ranked) if is_contested else 0
    return {
        REFUSED: Append(found.refused, otherwise=found.refused, most=refused),
        DUPLICATE: Append(found.duplicates, otherwise=found.duplicates, most=doubled),
        KEY: Append(keys, otherwise=keys, most=total),
    } | _added(found, refining.tokens, bench, total if not replaces else None)


def _added(found: Settled, tokens: Tokens, bench: Bench, most: int | None) -> dict[Table, Write]:
    """New events and their sightings; where `most` is none, some take the place of stored ones."""
    compared = Overwrite(
        sightings_of(found.winners, tokens), scope=found.winners.select("event_key")
    )
    new, added = sightings_of(found.added, tokens), found.added.select(*EVENT.columns)
    events = found.outcomes.events
    if most is not None:
        sightings = Append(new, compared, most=most * len(tokens.rules))
        return {SIGHTING: sightings, EVENT: Append(added, events, most=most)}
    updated = bench.keep("updated", found.updated)
    other = Overwrite(sightings_of(updated, tokens), scope=updated.select("event_key"))
    return {
        SIGHTING: Append(new, compared, redone=other),
        EVENT: Append(added, events, updated=updated.select(*EVENT.columns)),
    }


def _replayed(
    parsed: DataFrame, found: Settled, refining: Refining, bench: Bench
) -> dict[Table, Write]:
    """What becomes of records some of which were taken before."""
    stored = Outcomes(*[bench.read(table) for table in (EVENT, REFUSED, DUPLICATE)])
    again = redone(parsed, found.outcomes, stored, refining.run_id)
    sightings = sightings_of(found.winners, refining.tokens)
    return {
        REFUSED: again.refused,
        DUPLICATE: Overwrite(found.duplicates, scope=again.records),
        SIGHTING: Overwrite(sightings, scope=again.keys),
        EVENT: Overwrite(found.outcomes.events, scope=again.keys),
    }
