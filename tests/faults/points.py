"""Points around the commits of a run at which a test copies the lake's folder or halts the machine.

A point is `phase:table`: before and after the commit of a table, before-making and after-making
around the commit that makes it. The product knows nothing of them: its functions that commit are
wrapped for as long as a test needs it.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import commits, storage
from cdp_spark.tables import Table

VARIABLE = "CDP_FAIL_AT"
Take = Callable[[str, str], None]
# Function → how its arguments name the table.
_COMMITTING: dict[str, Callable[..., Table]] = {
    "commit": lambda _spark, _root, change, _base: change.table,
    "append": lambda _root, table, *_: table,
    "append_by_spark": lambda _root, table, *_: table,
}


@contextmanager
def points(take: Take) -> Iterator[None]:
    """`take(phase, table)` is called at every point that is come to inside the block."""
    with pytest.MonkeyPatch.context() as patch:
        around = _Around(take)
        for name, named in _COMMITTING.items():
            patch.setattr(commits, name, around.wrapped(getattr(commits, name), named, ""))
        making = around.wrapped(storage.create, lambda _spark, _root, table: table, "-making")
        patch.setattr(storage, "create", making)
        yield


class _Around:
    """Calls `take` around functions; what one of them calls itself is part of the same commit."""

    def __init__(self, take: Take) -> None:
        self.take, self.depth = take, 0

    def wrapped(
        self, work: Callable[..., Any], named: Callable[..., Table], kind: str
    ) -> Callable[..., Any]:
        def around(*given: Any) -> Any:
            if self.depth:
                return work(*given)
            table = named(*given).name
            self.take(f"before{kind}", table)
            self.depth += 1
            try:
                done = work(*given)
            finally:
                self.depth -= 1
            self.take(f"after{kind}", table)
            return done

        return around


def halting(spark: SparkSession) -> Take:
    """Halt the JVM at once, without any shutdown hook, where CDP_FAIL_AT names the point.

    Several points are separated by commas; the one met is written to stderr.
    """

    def take(phase: str, table: str) -> None:
        point = f"{phase}:{table}"
        if point in os.environ.get(VARIABLE, "").split(","):
            sys.stderr.write(f"halted at {point}\n")
            sys.stderr.flush()
            jvm: Any = spark._jvm  # noqa: SLF001 - the JVM has no public door
            jvm.java.lang.Runtime.getRuntime().halt(137)

    return take
