"""Take what was delivered since the last run into bronze, each record once.

A batch's files, or ranges of a topic or table, are written down first, so that a killed run is
finished with the same; files that are gone or changed by then are refused. What is expected of the
sources' deliveries is checked last: a failed expectation may end the run, and costs no record.

Reads    bronze.file, bronze.delivery_check
Writes   bronze.file, bronze.record, bronze.delivery_check
Purpose  operate
Rerun    safe: files already taken are left alone.
"""

import logging

from cdp_spark.bronze import Intake, delivery_checks
from cdp_spark.lake import Lake
from cdp_spark.launch import launch
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.deliveries import delivery_of, origin_of, promises_of
from cdp_spark.sources.settings import SourcesSettings
from cdp_spark.tables.bronze import DELIVERY_CHECK

_log = logging.getLogger(__name__)


def run(lake: Lake, settings: SourcesSettings) -> None:
    """Take what every source has delivered; one that can't be read does not hold up the others."""
    faults: dict[str, str] = {}
    now = lake.run.started_at
    for source in settings.entries:
        folder = lake.below(source.path)
        connector = delivery_of(source, lake.spark, folder, settings.longest_record, now)
        try:
            Intake(source.name, origin_of(source), connector, now).take(lake)
        except SourceUnreadable as fault:
            faults[source.name] = str(fault)
    promised = {s.name: promises_of(s, is_readable=s.name not in faults) for s in settings.entries}
    checks = None if lake.is_dry_run else delivery_checks(lake, promised, now)
    if checks:
        lake.merge(DELIVERY_CHECK, checks.rows)
        for row in checks.newly_broken:
            _log.warning("delivery promise broken: %s", row)
    if faults:
        raise SourceUnreadable("; ".join(faults.values()))
    if checks:
        lake.expect_none(checks.stopping, "promises of deliveries that must be kept")


if __name__ == "__main__":
    launch(run)
