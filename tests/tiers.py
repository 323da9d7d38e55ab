"""The tier of a test: what it needs to run, and with it how long it takes.

unit    no Spark session
spark   frames and tables in one Spark session
job     whole jobs on a small lake
system  real parts: a broker, a database, a cluster, processes that are killed
soak    every halt point, many kills, large worlds; marked by hand and run by `make soak`
"""

from collections.abc import Collection
from pathlib import PurePath

TIERS = ("unit", "spark", "job", "system", "soak")
# `cluster` marks a test that starts its own cluster or processes.
_MARKED = {"soak": "soak", "cluster": "system"}
_REAL_PARTS = {"broker", "server"}
_JOB_FOLDERS = {"jobs", "commands", "faults"}


def tier_of(path: PurePath, fixtures: Collection[str], marks: Collection[str]) -> str:
    """The tier of a test with this path below tests/, these fixtures and these marks."""
    for mark, tier in _MARKED.items():
        if mark in marks:
            return tier
    if _REAL_PARTS & {*fixtures}:
        return "system"
    if "spark" not in fixtures:
        return "unit"
    is_of_jobs = path.parts[0] in _JOB_FOLDERS or path.name == "test_notebooks.py"
    return "job" if is_of_jobs else "spark"
