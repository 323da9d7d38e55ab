"""Files of any kind; each is one record with its bytes as stored."""

from collections.abc import Iterator

from cdp_spark.files.content import stored_chunks
from cdp_spark.sources.reader import LONG, Reader, Record
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.texts import bounded, decoded


def _records(uri: str, reading: ReadingSettings, longest: int) -> Iterator[Record]:
    chunks = list(bounded(stored_chunks(uri), longest, LONG))
    if reading.encoding:  # the source says it is text, so check that
        for _ in decoded(iter(chunks), reading.encoding):
            pass
    if chunks:
        yield 0, b"".join(chunks)


READER = Reader(_records, options=("encoding", "path_identifiers"))
