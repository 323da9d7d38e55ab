"""Commit conflicts in Delta, caused by a process without a lease."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkException

from cdp_spark.lake.errors import TableMoved

# By error class, not by type: Python sees them under several types.
_CONFLICT = re.compile(r"\[(DELTA_(?:CONCURRENT_\w+|PROTOCOL_CHANGED|METADATA_CHANGED))")


@contextmanager
def conflict_errors(table: str) -> Iterator[None]:
    """Run a block that changes a table; a commit conflict becomes one error.

    Raises:
        TableMoved: another process committed to the table meanwhile.
    """
    try:
        yield
    except PySparkException as error:
        found = _CONFLICT.search(str(error))
        if not found:
            raise
        raise TableMoved(
            f"{table}: {found[1]}: another process changed the table meanwhile; run again"
        ) from None
