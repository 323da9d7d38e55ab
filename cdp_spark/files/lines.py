"""The lines in the bytes of a file, also in a part of it."""

from collections.abc import Iterator


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
