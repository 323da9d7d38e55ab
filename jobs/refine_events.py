"""Parse the records that reached bronze since the last run into events and sightings.

Reads    bronze.record, silver.event, silver.refused, silver.duplicate, governance.suppression
Writes   silver.refused, silver.duplicate, silver.sighting, silver.event
Purpose  operate
Rerun    safe: every record ends in the same table again; events are committed last.
"""

from pyspark.sql import functions as F

from cdp_spark.lake import CHANGE, UPSERT, Lake, Replacement
from cdp_spark.launch import launch
from cdp_spark.settings import Settings
from cdp_spark.silver import identifiers_of, outcomes_of, parsed_records, unbalanced
from cdp_spark.sources.parsers import parsers_of
from cdp_spark.tables.audience import SUPPRESSION
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import DUPLICATE, EVENT, REFUSED, SIGHTING
from cdp_spark.values.token import key_pads


def run(lake: Lake, settings: Settings) -> None:
    """Refine what arrived."""
    rules, country = settings.identity.identifiers, settings.identity.country_code
    parsers = parsers_of(settings.sources)
    records = lake.changes(RECORD).where(F.col(CHANGE) == UPSERT)
    parsed = lake.keep("parsed", parsed_records(records, parsers, country))
    if parsed.isEmpty():
        return
    pads = key_pads(lake.spark, lake.key())
    sighted = lake.keep("sighted", identifiers_of(parsed, pads, rules, country))
    suppressed = sighted.join(lake.read(SUPPRESSION), on="identifier_key", how="left_semi")

    found = outcomes_of(parsed, lake.read(EVENT), suppressed)
    events = lake.keep("events", found.events)
    sightings = sighted.join(events, on=["event_key", "record_id"], how="left_semi")
    lake.publish(
        {
            REFUSED: found.refused,
            DUPLICATE: found.duplicates,
            SIGHTING: Replacement(sightings, within=events.select("event_key")),
            EVENT: events,
        }
    )
    outcomes = [lake.read(table) for table in (EVENT, REFUSED, DUPLICATE)]
    law = "received = accepted + refused + duplicate"
    if not lake.is_dry_run:
        lake.expect_none(unbalanced(records, outcomes), law)


if __name__ == "__main__":
    launch(run)
