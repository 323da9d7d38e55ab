"""Ingest new files and messages into bronze, each record once.

The plan of a batch (its files, or ranges of a topic or table) is committed first, so that the run
after a killed one ingests the same; files that are missing or changed by then are rejected.
Lists that are delivered again are compared with the delivery before, in bronze.record.
Delivery expectations are checked last: a failed one may end the run, but loses no record.

Reads    bronze.file, bronze.record, bronze.delivery_check
Writes   bronze.file, bronze.record, bronze.delivery_check
Purpose  operate
Rerun    safe: ingested files are skipped.
"""

import logging

from cdp_spark.bronze import Intake, delivery_checks
from cdp_spark.lake import Lake
from cdp_spark.launch import launch
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.connectors import connector_of, expectations_of, origin_of
from cdp_spark.sources.settings import SourcesSettings
from cdp_spark.tables.bronze import DELIVERY_CHECK

_log = logging.getLogger(__name__)


def run(lake: Lake, settings: SourcesSettings) -> None:
    """Ingest every source; an unreadable one does not stop the others."""
    faults: dict[str, SourceUnreadable] = {}
    now = lake.run.started_at
    for source in settings.entries:
        folder = lake.below(source.path)
        connector = connector_of(source, lake.spark, folder, settings.longest_record, now)
        try:
            Intake(source.name, origin_of(source), connector, now, source.key).take(lake)
        except SourceUnreadable as fault:
            faults[source.name] = fault
    known = settings.entries
    wanted = {one.name: expectations_of(one, is_readable=one.name not in faults) for one in known}
    checks = None if lake.is_dry_run else delivery_checks(lake, wanted, now)
    if checks:
        lake.merge(DELIVERY_CHECK, checks.rows)
        for row in checks.newly_failed:
            _log.warning("delivery expectation failed: %s", row)
    if faults:
        raise type(next(iter(faults.values())))("\n".join(map(str, faults.values())))
    if checks:
        lake.require_empty(checks.stopping, "delivery expectation failed: check the sender")


if __name__ == "__main__":
    launch(run)
