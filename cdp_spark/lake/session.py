"""The Spark session of the process, with the settings that this stack needs."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from cdp_spark.lake.jars import jar_paths
from cdp_spark.semantics.sizes import interpreted_bytes

_QUIET = "ERROR"
_BROADCASTS = "spark.sql.autoBroadcastJoinThreshold"
_IN_PLACE, _BROADCAST = "-1", "10m"
# A larger table should not be shuffled for a join with a small frame.
_LARGE_BYTES = 96 << 20
_PARTITIONS = "spark.sql.adaptive.coalescePartitions.initialPartitionNum"
# Maximum input of a shuffle task, in compressed bytes; several times as much in memory.
_SHUFFLE_BYTES = 32 << 20
_MOST_PARTITIONS = 2000
_MEMORY = "spark.driver.memory"
_LEAST_MIB, _MEMORY_SHARE = 2800, 8
_STAGES, _EXPRESSIONS = "spark.sql.codegen.wholeStage", "spark.sql.codegen.factoryMode"
_INTERPRETED = {_STAGES: "false", _EXPRESSIONS: "NO_CODEGEN"}
# Settings that the lake's reads depend on, unless a profile or spark-submit sets them.
_NEEDED = {
    # Frames of one partition are joined in place; a broadcast would be an extra job. For large
    # tables see `plans_for_size`.
    _BROADCASTS: _IN_PLACE,
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "64m",
    # It pushes a semi-join below the one partition of a small table, which adds an exchange.
    "spark.sql.optimizer.excludedRules": (
        "org.apache.spark.sql.catalyst.optimizer.PushDownLeftSemiAntiJoin"
    ),
    # Files of a small table are listed on the driver.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "500",
}


def properties(file: Path) -> dict[str, str]:
    """Name → value of a Spark properties file."""
    lines = [line.strip() for line in file.read_text().splitlines()]
    named = [line for line in lines if line and not line.startswith("#")]
    pairs = [re.split(r"\s*=\s*|\s+", line, maxsplit=1) for line in named]
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


def session(project: Path, profile: str = "local", **extra: str) -> SparkSession:
    """The running session, or a new one with conf/spark/PROFILE.conf and the project's jars.

    Settings of spark-submit take precedence: only missing ones are added, and the jars are those of
    its --jars. `extra` are further settings, with `__` for the dots in their names.

    Raises:
        JarRejected: a jar of the project is missing.
    """
    # Otherwise workers use `python3` from PATH, and fail with a misleading error.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    wanted = _NEEDED | properties(project / "conf" / "spark" / f"{profile}.conf")
    wanted |= {name.replace("__", "."): value for name, value in extra.items()}
    given = submitted_settings()
    if not given:
        wanted |= _of_this_machine(project, wanted)
    running = SparkSession.getActiveSession()
    if running is not None:  # building again would change the settings of the running session
        return running
    builder = SparkSession.builder.appName("cdp")
    for name, value in wanted.items():
        if name not in given:
            builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel(_QUIET)
    return spark


@contextmanager
def overridden(spark: SparkSession, values: Mapping[str, str]) -> Iterator[None]:
    """Run a block with other settings of the session, and restore them after it."""
    before = {name: spark.conf.get(name, None) for name in values}
    try:
        for name, value in values.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, old in before.items():
            if old is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, old)


@contextmanager
def plans_for_size(
    spark: SparkSession, size_bytes: int | None, *, from_outside: bool = False
) -> Iterator[None]:
    """Run a block with plans for `size_bytes` of table input; None if unknown.

    For little input, plans are interpreted, because compiling takes longer than running. For much
    input, small frames are broadcast, and shuffles on one machine have more partitions. Otherwise
    the session's settings apply: small frames are joined in place. A broadcast threshold set by
    the user stays. The session's settings are restored after the block.

    `from_outside`: the block also reads records of unknown size, so plans are not interpreted.
    """
    fitted: dict[str, str] = {}
    is_much = size_bytes is None or size_bytes > _LARGE_BYTES
    if is_much and spark.conf.get(_BROADCASTS) == _IN_PLACE:
        fitted[_BROADCASTS] = _BROADCAST
    if str(spark.conf.get("spark.master")).startswith("local"):
        fitted[_PARTITIONS] = str(_partitions(spark, size_bytes or 0))
    limit = interpreted_bytes(spark)
    if size_bytes is not None and size_bytes <= limit and not from_outside:
        fitted |= _INTERPRETED
    with overridden(spark, fitted):
        yield


def _partitions(spark: SparkSession, size_bytes: int) -> int:
    """Shuffle partitions: the session's number, or more for large tables."""
    least = int(str(spark.conf.get("spark.sql.shuffle.partitions")))
    return max(least, min(_MOST_PARTITIONS, size_bytes // _SHUFFLE_BYTES))


def submitted_settings() -> dict[str, str]:
    """The settings given to spark-submit; empty if it did not start this process."""
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        return {}
    # Connects to the running JVM; without it, SparkConf has no settings of spark-submit.
    SparkContext._ensure_initialized()  # noqa: SLF001 - pyspark has no public API for it
    return dict(SparkConf().getAll())


def _of_this_machine(project: Path, wanted: dict[str, str]) -> dict[str, str]:
    """Settings that depend on this machine: jars, logging, and memory unless it is set."""
    if wanted.get("spark.master", "").startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    logging = (project / "conf" / "spark" / "log4j2.properties").as_uri()
    options = "spark.driver.extraJavaOptions"
    return {
        _MEMORY: wanted.get(_MEMORY, f"{_memory_mib()}m"),
        "spark.jars": ",".join(map(str, jar_paths(project))),
        options: f"{wanted.get(options, '')} -Dlog4j2.configurationFile={logging}".strip(),
    }


def _memory_mib() -> int:
    """Memory for the JVM; Python workers, file cache and others need the rest."""
    return max(_LEAST_MIB, psutil.virtual_memory().total // _MEMORY_SHARE >> 20)
