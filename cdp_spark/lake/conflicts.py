"""Delta's own refusals of a commit, which somebody without a lease got in the way of."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkException

from cdp_spark.lake.errors import TableMoved

# By error class, not by type: Python sees them under several types.
_CONFLICT = re.compile(r"\[(DELTA_(?:CONCURRENT_\w+|PROTOCOL_CHANGED|METADATA_CHANGED))")


@contextmanager
def told_as_moved(table: str) -> Iterator[None]:
    """What the block does to a table; a conflict is one error that says to run again.

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
            f"{table}: {found[1]}: another process changed it meanwhile; run again"
        ) from None
