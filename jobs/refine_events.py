"""Parse new records of bronze into events and sightings.

Records requested again (`cdp replay`, `cdp backfill`) are parsed with them.

Reads    bronze.record, silver.replay, silver.key, silver.event, silver.rejected, silver.duplicate,
         governance.suppression
Writes   silver.shape, silver.quality, silver.rejected, silver.duplicate, silver.key,
         silver.sighting, silver.event
Purpose  operate
Rerun    safe: every record is routed to the same table; events are committed last.
"""

from cdp_spark.lake import Lake
from cdp_spark.launch import launch
from cdp_spark.settings import Settings
from cdp_spark.silver import (
    OUTCOMES,
    Normalisation,
    RefinementOptions,
    Tokens,
    imbalance_reason,
    silver_writes,
    unbalanced,
)
from cdp_spark.sources.parsers import parsers_of
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.silver import REPLAY
from cdp_spark.values.token import key_pads


def run(lake: Lake, settings: Settings) -> None:
    """Refine new records and replay requests."""
    if not lake.has_new_rows(RECORD, REPLAY):
        return
    rules = (*settings.sources.rules, *settings.quality.rules)
    parsers, tokens = parsers_of(settings.sources), Tokens(key_pads(lake.spark, lake.key()))
    normalisation = Normalisation(settings.spellings, settings.quality.clock_tolerance)
    refining = RefinementOptions(parsers, rules, tokens, normalisation, lake.run.run_id)
    found = silver_writes(lake.new_rows(RECORD), lake.new_rows(REPLAY), refining, lake)
    if found is None:
        return
    if found.failures is not None:
        lake.require_empty(found.failures, "quality rule with fail: check the sender, or relax it")
    if imbalance_reason(found.records, lake.publish(found.writes)) is None or lake.is_dry_run:
        return
    faults = unbalanced(found.records, [lake.read(table) for table in OUTCOMES])
    lake.require_empty(faults, "received is not accepted + rejected + duplicate")


if __name__ == "__main__":
    launch(run)
