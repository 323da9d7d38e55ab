"""The one Spark session of a process, with the settings this stack needs."""

import os
import re
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.lake.jars import jar_paths

_QUIET = "ERROR"


def properties(file: Path) -> dict[str, str]:
    """Name → value of a Spark properties file; comments and blank lines left out."""
    lines = [line.strip() for line in file.read_text().splitlines()]
    named = [line for line in lines if line and not line.startswith("#")]
    pairs = [re.split(r"\s*=\s*|\s+", line, maxsplit=1) for line in named]
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


def session(project: Path, profile: str = "local", **extra: str) -> SparkSession:
    """The running session, or a new one with conf/spark/PROFILE.conf and the project's jars.

    Under spark-submit what it was given wins: only settings it leaves open are filled in.
    `extra` are further settings, with `__` for the dots of their names.

    Raises:
        JarRefused: the project's jars are not there.
    """
    # Workers take `python3` from PATH otherwise, and die with a misleading error.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    wanted = properties(project / "conf" / "spark" / f"{profile}.conf")
    wanted |= {name.replace("__", "."): value for name, value in extra.items()}
    if wanted.get("spark.master", "").startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    logging = (project / "conf" / "spark" / "log4j2.properties").as_uri()
    options = "spark.driver.extraJavaOptions"
    wanted[options] = f"{wanted.get(options, '')} -Dlog4j2.configurationFile={logging}".strip()
    builder = SparkSession.builder.appName("cdp")
    submitted = os.environ.get("SPARK_ENV_LOADED") is not None
    if not submitted:
        builder = builder.config("spark.jars", ",".join(map(str, jar_paths(project))))
    for name, value in wanted.items():
        if not (submitted and name in ("spark.master", "spark.driver.memory")):
            builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel(_QUIET)
    return spark
