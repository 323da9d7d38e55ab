"""The content of a file: as text, or as bytes in chunks, compressed or not."""

import secrets
import zlib
from collections.abc import Iterator

from pyarrow import fs

from cdp_spark.files.locations import opened

_CHUNK_BYTES = 4 << 20
_GZIP = 31  # zlib's window bits for a gzip member with its header


def read_text(uri: str) -> str:
    """The text of a file; empty if there is none."""
    system, path = opened(uri)
    if system.get_file_info(path).type == fs.FileType.NotFound:
        return ""
    with system.open_input_stream(path) as text:
        return bytes(text.read()).decode()


def write_text(uri: str, text: str) -> None:
    """Replace a file; readers see the old or the new text, never a part.

    The last of several concurrent writers wins.
    """
    system, path = opened(uri)
    system.create_dir(path.rsplit("/", 1)[0], recursive=True)
    draft = f"{path}.{secrets.token_hex(4)}.part"
    with system.open_output_stream(draft) as out:
        out.write(text.encode())
    system.move(draft, path)


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
