"""ORC files, by stripe; a stripe is held whole, and its size depends on the writer."""

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import orc

from cdp_spark.files.locations import opened
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.rows import Ragged, table_reader

_ROWS = 20_000


def _batches(uri: str, reading: ReadingSettings, ragged: Ragged) -> Iterator[pa.RecordBatch]:
    del reading, ragged  # ORC needs no options
    system, path = opened(uri)
    with system.open_input_file(path) as stream:
        file = orc.ORCFile(stream)
        for number in range(file.nstripes):
            stripe = pa.Table.from_batches([file.read_stripe(number)])
            yield from stripe.to_batches(max_chunksize=_ROWS)


READER = table_reader(_batches)
