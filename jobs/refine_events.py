"""Parse the records that reached bronze since the last run into events and sightings.

Records that were asked for again (`cdp replay`, `cdp backfill`) are judged anew with them.

Reads    bronze.record, silver.replay, silver.event, silver.refused, silver.duplicate,
         governance.suppression
Writes   silver.shape, silver.quality, silver.refused, silver.duplicate, silver.sighting,
         silver.event
Purpose  operate
Rerun    safe: every record ends in the same table again; events are committed last.
"""

from collections.abc import Sequence

from pyspark.sql import DataFrame

from cdp_spark.lake import Lake, Replacement
from cdp_spark.lake.writes import Write
from cdp_spark.launch import launch
from cdp_spark.settings import Settings
from cdp_spark.silver import (
    Outcomes,
    arrivals,
    failures,
    identifiers_of,
    judged,
    outcomes_of,
    parsed_records,
    quality_of,
    redone,
    shapes_of,
    unbalanced,
    with_replays,
)
from cdp_spark.sources.parsers import parsers_of
from cdp_spark.tables import Table
from cdp_spark.tables.audience import SUPPRESSION
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import DUPLICATE, EVENT, QUALITY, REFUSED, REPLAY, SHAPE, SIGHTING
from cdp_spark.terms.rules import Rule
from cdp_spark.values.token import key_pads


def run(lake: Lake, settings: Settings) -> None:
    """Refine what arrived, and what was asked for again."""
    rules = (*settings.sources.rules, *settings.quality.rules)
    asked, records = lake.arrivals(REPLAY), arrivals(lake.arrivals(RECORD))
    has_replays = not asked.isEmpty()
    if has_replays:
        records = with_replays(records, lake.read(RECORD), asked)
    told = parsed_records(records, parsers_of(settings.sources), settings.identity.country_code)
    parsed = lake.keep("parsed", judged(told, rules))
    if parsed.isEmpty():
        return

    counts = counted(lake, parsed.where("not is_again"), rules)
    lake.publish(counts | shared_out(lake, settings, parsed, has_replays=has_replays))
    outcomes = [lake.read(table) for table in (EVENT, REFUSED, DUPLICATE)]
    law = "received = accepted + refused + duplicate"
    if not lake.is_dry_run:
        lake.expect_none(unbalanced(records, outcomes), law)


def counted(lake: Lake, parsed: DataFrame, rules: Sequence[Rule]) -> dict[Table, Write]:
    """How often rules were broken and which fields there were; stops where a rule says so."""
    counts: dict[Table, Write] = {SHAPE: shapes_of(parsed)}
    if rules:
        quality = lake.keep("quality", quality_of(parsed, rules))
        lake.expect_none(failures(quality, rules), "quality: rules that may not be broken")
        counts[QUALITY] = quality
    return counts


def shared_out(
    lake: Lake, settings: Settings, parsed: DataFrame, *, has_replays: bool
) -> dict[Table, Write]:
    """What becomes of each record; the events last."""
    identifiers, country = settings.identity.identifiers, settings.identity.country_code
    pads = key_pads(lake.spark, lake.key())
    sighted = lake.keep("sighted", identifiers_of(parsed, pads, identifiers, country))
    suppressed = sighted.join(lake.read(SUPPRESSION), on="identifier_key", how="left_semi")
    found = outcomes_of(parsed, lake.read(EVENT), suppressed)
    events = lake.keep("events", found.events)
    sightings = sighted.join(events, on=["event_key", "record_id"], how="left_semi")
    if has_replays:
        stored = Outcomes(*[lake.read(table) for table in (EVENT, REFUSED, DUPLICATE)])
        now = Outcomes(events, found.refused, found.duplicates)
        again = redone(parsed, now, stored, lake.run.run_id)
        return {
            REFUSED: again.refused,
            DUPLICATE: Replacement(found.duplicates, within=again.records),
            SIGHTING: Replacement(sightings, within=again.keys),
            EVENT: Replacement(events, within=again.keys),
        }
    return {
        REFUSED: found.refused,
        DUPLICATE: found.duplicates,
        SIGHTING: Replacement(sightings, within=events.select("event_key")),
        EVENT: events,
    }


if __name__ == "__main__":
    launch(run)
