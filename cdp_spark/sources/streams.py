"""Bytes of a delivered file, archive or not, in chunks."""

import zlib
from collections.abc import Iterator

from pyarrow import fs

_CHUNK_BYTES = 4 << 20
_GZIP = 31  # zlib's window bits for a gzip member with its header


def opened(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of a path or URI, and the path within it."""
    if "://" not in uri:
        return fs.LocalFileSystem(), uri
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

    Raises:
        EOFError: the last member has no end.
        zlib.error: a member is damaged.
    """
    inflater = zlib.decompressobj(wbits=_GZIP)
    is_whole = True
    for chunk in chunks:
        rest = chunk
        while rest:
            if inflater.eof:
                inflater = zlib.decompressobj(wbits=_GZIP)
            yield inflater.decompress(rest)
            rest, is_whole = inflater.unused_data, inflater.eof
    if not is_whole:
        raise EOFError("the archive ends before its last member does")


def is_archive(uri: str) -> bool:
    """Whether a file is a gzip archive, by its name."""
    return uri.endswith(".gz")
