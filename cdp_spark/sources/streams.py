"""The bytes of a file, compressed or not, in chunks, and the lines in them."""

import zlib
from collections.abc import Iterator

from pyarrow import fs
from pyspark.sql import DataFrame

_CHUNK_BYTES = 4 << 20
_GZIP = 31  # zlib's window bits for a gzip member with its header


def evenly_partitioned(rows: DataFrame) -> DataFrame:
    """The rows spread evenly over tasks: each row is a file or a part of one, so much work.

    With an explicit number, because otherwise Spark merges such small partitions into one task.
    """
    tasks = rows.sparkSession.conf.get("spark.sql.shuffle.partitions")
    return rows.repartition(int(tasks or 1))


def opened(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of a path or URI, and the path within it."""
    local = uri.removeprefix("file://")  # not as a URI: pyarrow rejects blanks in one
    if "://" not in local:
        return fs.LocalFileSystem(), local
    system, path = fs.FileSystem.from_uri(uri.replace("s3a://", "s3://", 1))
    return system, path


def stored_chunks(uri: str, start: int = 0) -> Iterator[bytes]:
    """The stored bytes from a position on."""
    system, path = opened(uri)
    with system.open_input_file(path) as stream:
        stream.seek(start)
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of a gzip file with one or several members.

    No chunk is above 4 MiB, however high the compression.

    Raises:
        EOFError: the last member is truncated.
        zlib.error: a member is damaged.
    """
    inflater = zlib.decompressobj(wbits=_GZIP)
    is_whole = True
    for chunk in chunks:
        rest, is_full = chunk, False
        while rest or is_full:
            if inflater.eof:
                inflater = zlib.decompressobj(wbits=_GZIP)
            text = inflater.decompress(rest, _CHUNK_BYTES)
            yield text
            is_whole = inflater.eof
            rest = inflater.unused_data if is_whole else inflater.unconsumed_tail
            # After a full chunk the inflater may hold more content, even if `rest` is empty.
            is_full = len(text) == _CHUNK_BYTES and not is_whole
    if not is_whole:
        raise EOFError("the archive is truncated")


def is_archive(uri: str) -> bool:
    """Whether a file is a gzip archive, by its name."""
    return uri.endswith(".gz")


def lines_of(
    chunks: Iterator[bytes], start: int = 0, end: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each line that begins in [start, end), without blank lines.

    `chunks` are the bytes of the file from `start` on, preceded by one more byte unless `start` is
    0: it shows whether a line begins at `start`.
    """
    offset, remainder = start, b""
    is_inside = start == 0
    for chunk in chunks:
        text = chunk
        if not is_inside:
            head, newline, text = chunk.partition(b"\n")
            offset += len(head) if newline else len(chunk)
            is_inside = bool(newline)
        *whole, remainder = (remainder + text).split(b"\n") if is_inside else [b""]
        for line in whole:
            if end is not None and offset >= end:
                return
            if line.strip():
                yield offset, line
            offset += len(line) + 1
    if remainder.strip() and (end is None or offset < end):
        yield offset, remainder
