"""Compact, cluster, vacuum and checkpoint the tables, and delete old rows of ops.run.

Not a step of the workflow: schedule it once a day, when few other jobs run. A table that another
run is writing is skipped, and the job exits with code 75.

Reads    ops.run and the logs of all tables
Writes   ops.run (old rows deleted) and the files of all tables, whose rows stay the same
Purpose  operate
Rerun    safe: a second run has nothing to do; the next run completes a killed one.
"""

from cdp_spark.lake import Lake
from cdp_spark.lake.upkeep.maintain import maintain
from cdp_spark.lake.upkeep.settings import MaintenanceSettings
from cdp_spark.launch import launch
from cdp_spark.tables.catalogue import TABLES


def run(lake: Lake, settings: MaintenanceSettings) -> None:
    """Maintain every table that exists."""
    maintain(lake, TABLES.values(), settings)


if __name__ == "__main__":
    launch(run)
