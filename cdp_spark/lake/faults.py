"""Points at which a test may halt the machine, to show that a rerun ends equal."""

import os
import sys
from typing import Any

from pyspark.sql import SparkSession

VARIABLE = "CDP_FAIL_AT"


def fault_point(spark: SparkSession, phase: str, table: str) -> None:
    """Halt the JVM at once, without any shutdown hook, where CDP_FAIL_AT names `phase:table`.

    Several points are separated by commas; the one met is told on stderr.
    """
    point = f"{phase}:{table}"
    if point in os.environ.get(VARIABLE, "").split(","):
        sys.stderr.write(f"halted at {point}\n")
        sys.stderr.flush()
        jvm: Any = spark._jvm  # noqa: SLF001 - the JVM has no public door
        jvm.java.lang.Runtime.getRuntime().halt(137)
