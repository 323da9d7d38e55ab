"""Parse the records that reached bronze since the last run into events and sightings.

Records that were asked for again (`cdp replay`, `cdp backfill`) are judged anew with them.

Reads    bronze.record, silver.replay, silver.key, silver.event, silver.refused, silver.duplicate,
         governance.suppression
Writes   silver.shape, silver.quality, silver.refused, silver.duplicate, silver.key,
         silver.sighting, silver.event
Purpose  operate
Rerun    safe: every record ends in the same table again; events are committed last.
"""

from collections.abc import Sequence

from pyspark.sql import DataFrame

from cdp_spark.lake import Append, Lake, Overwrite
from cdp_spark.lake.writes import Write
from cdp_spark.launch import launch
from cdp_spark.settings import Settings
from cdp_spark.silver import (
    Outcomes,
    Settled,
    Tokens,
    arrivals,
    contested_keys,
    failures,
    judged,
    keys_of,
    parsed_records,
    quality_of,
    ranked_records,
    redone,
    settled,
    shapes_of,
    sightings_of,
    suppressed_records,
    unbalanced,
    with_replays,
    with_suppressed,
)
from cdp_spark.sources.parsers import parsers_of
from cdp_spark.tables import Table
from cdp_spark.tables.audience import SUPPRESSION
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import (
    DUPLICATE,
    EVENT,
    KEY,
    QUALITY,
    REFUSED,
    REPLAY,
    SHAPE,
    SIGHTING,
)
from cdp_spark.terms.rules import Rule
from cdp_spark.values.token import key_pads


def run(lake: Lake, settings: Settings) -> None:
    """Refine what arrived, and what was asked for again."""
    rules = (*settings.sources.rules, *settings.quality.rules)
    asked, records = lake.arrivals(REPLAY), arrivals(lake.arrivals(RECORD))
    has_replays = not asked.isEmpty()
    if has_replays:
        records = with_replays(records, lake.read(RECORD), asked)
    parsers, country = parsers_of(settings.sources), settings.identity.country_code
    tokens = Tokens(key_pads(lake.spark, lake.key()), settings.identity.identifiers, country)
    told = lake.keep("parsed", judged(parsed_records(records, parsers, country), rules))
    if told.isEmpty():
        return

    parsed = permitted(lake, told, tokens)
    outcomes = shared_out(lake, parsed, tokens, has_replays=has_replays)
    lake.publish(counted(lake, told.where("not is_again"), rules) | outcomes)
    stored = [lake.read(table) for table in (EVENT, REFUSED, DUPLICATE)]
    law = "received = accepted + refused + duplicate"
    if not lake.is_dry_run:
        lake.expect_none(unbalanced(records, stored), law)


def permitted(lake: Lake, parsed: DataFrame, tokens: Tokens) -> DataFrame:
    """The parsed records; those that carry a suppressed identifier are refused."""
    suppression = lake.read(SUPPRESSION)
    if suppression.isEmpty():
        return parsed
    found = lake.keep("suppressed", suppressed_records(parsed, suppression, tokens))
    return with_suppressed(parsed, found)


def counted(lake: Lake, parsed: DataFrame, rules: Sequence[Rule]) -> dict[Table, Write]:
    """How often rules were broken and which fields there were; stops where a rule says so."""
    counts: dict[Table, Write] = {SHAPE: shapes_of(parsed)}
    if rules:
        quality = lake.keep("quality", quality_of(parsed, rules))
        lake.expect_none(failures(quality, rules), "quality: rules that may not be broken")
        counts[QUALITY] = quality
    return counts


def shared_out(
    lake: Lake, parsed: DataFrame, tokens: Tokens, *, has_replays: bool
) -> dict[Table, Write]:
    """What becomes of each record; the events last, the keys they are known by before them."""
    valid = parsed.where("refusal is null")
    contested = lake.keep("contested", contested_keys(valid, lake.read(KEY)))
    ranked = lake.keep("ranked", ranked_records(valid, contested, lake.read(EVENT)))
    found = settled(parsed, ranked)
    keys = keys_of(valid, contested)
    if has_replays:
        return {KEY: keys} | replayed(lake, parsed, found, tokens)
    replaces = not ranked.where("is_new and rank = 1 and has_stored").isEmpty()
    return {
        REFUSED: Append(found.refused, otherwise=found.refused),
        DUPLICATE: Append(found.duplicates, otherwise=found.duplicates),
        KEY: Append(keys, otherwise=keys),
    } | amended(lake, found, tokens, replaces=replaces)


def amended(lake: Lake, found: Settled, tokens: Tokens, *, replaces: bool) -> dict[Table, Write]:
    """New events and their sightings, and those that take the place of stored ones."""
    winners, sightings = found.winners, sightings_of(found.winners, tokens)
    events = found.outcomes.events
    compared = Overwrite(sightings, scope=winners.select("event_key"))
    # Checked, counted and written: the tokens are made once.
    new = lake.keep("sightings", sightings_of(found.added, tokens))
    added = found.added.select(*EVENT.columns)
    if not replaces:
        return {SIGHTING: Append(new, compared), EVENT: Append(added, events)}
    updated = lake.keep("updated", found.updated)
    other = Overwrite(sightings_of(updated, tokens), scope=updated.select("event_key"))
    return {
        SIGHTING: Append(new, compared, redone=other),
        EVENT: Append(added, events, updated=updated.select(*EVENT.columns)),
    }


def replayed(lake: Lake, parsed: DataFrame, found: Settled, tokens: Tokens) -> dict[Table, Write]:
    """What becomes of records some of which were taken before."""
    stored = Outcomes(*[lake.read(table) for table in (EVENT, REFUSED, DUPLICATE)])
    again = redone(parsed, found.outcomes, stored, lake.run.run_id)
    return {
        REFUSED: again.refused,
        DUPLICATE: Overwrite(found.duplicates, scope=again.records),
        SIGHTING: Overwrite(sightings_of(found.winners, tokens), scope=again.keys),
        EVENT: Overwrite(found.outcomes.events, scope=again.keys),
    }


if __name__ == "__main__":
    launch(run)
