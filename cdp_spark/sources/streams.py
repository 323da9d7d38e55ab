"""Bytes of a delivered file, archive or not, in chunks; and the lines in them."""

import zlib
from collections.abc import Iterator

from pyarrow import fs
from pyspark.sql import DataFrame

_CHUNK_BYTES = 4 << 20
_GZIP = 31  # zlib's window bits for a gzip member with its header


def spread(rows: DataFrame) -> DataFrame:
    """The rows dealt out evenly: each stands for a file or a part of one, for much work.

    By number, because Spark merges partitions of so few bytes into one task otherwise.
    """
    tasks = rows.sparkSession.conf.get("spark.sql.shuffle.partitions")
    return rows.repartition(int(tasks or 1))


def opened(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of a path or URI, and the path within it."""
    local = uri.removeprefix("file://")  # as it stands: pyarrow refuses blanks in a URI
    if "://" not in local:
        return fs.LocalFileSystem(), local
    system, path = fs.FileSystem.from_uri(uri.replace("s3a://", "s3://", 1))
    return system, path


def stored_chunks(uri: str, start: int = 0) -> Iterator[bytes]:
    """The bytes as they are stored, from a position on."""
    system, path = opened(uri)
    with system.open_input_file(path) as stream:
        stream.seek(start)
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of a gzip file, of one member or of several after another.

    No chunk is above 4 MiB, however well the archive is packed.

    Raises:
        EOFError: the last member has no end.
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
            # A full chunk may leave content inside although all of `rest` was taken in.
            is_full = len(text) == _CHUNK_BYTES and not is_whole
    if not is_whole:
        raise EOFError("the archive ends before its last member does")


def is_archive(uri: str) -> bool:
    """Whether a file is a gzip archive, by its name."""
    return uri.endswith(".gz")


def lines_of(
    chunks: Iterator[bytes], start: int = 0, end: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each line that begins in [start, end); blank lines are none.

    `chunks` are the file's bytes from `start` on, and, where that is not 0, the one before it too:
    it tells whether a line begins with the range's first byte.
    """
    offset, carried = start, b""
    is_inside = start == 0
    for chunk in chunks:
        text = chunk
        if not is_inside:
            head, newline, text = chunk.partition(b"\n")
            offset += len(head) if newline else len(chunk)
            is_inside = bool(newline)
        *whole, carried = (carried + text).split(b"\n") if is_inside else [b""]
        for line in whole:
            if end is not None and offset >= end:
                return
            if line.strip():
                yield offset, line
            offset += len(line) + 1
    if carried.strip() and (end is None or offset < end):
        yield offset, carried
