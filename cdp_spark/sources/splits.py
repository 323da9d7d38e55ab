"""Records that hold several: each part becomes a record of its own, where files are read.

Decided: they are split before bronze, not in silver. One record then has one outcome, one row of
bronze to replay or to erase, and belongs to one person at most, although a body that an SDK sends
may hold events of several; and a credential in that body never reaches a table. Each part keeps the
text it was sent in. Files are checked with the same split, so `record_count` counts the parts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """How a format takes apart records that hold several.

    Only a record that contains one of `markers` is looked at. `parts` yields its parts, or the
    record itself if it is a single one; at most one for each byte of the record, always the same.
    `part_count` is their number, found without building them.
    """

    markers: tuple[bytes, ...]
    parts: Callable[[bytes], Iterator[bytes]]
    part_count: Callable[[bytes], int]

    def may_apply(self, text: bytes) -> bool:
        """Whether a record, or one of several, contains a marker."""
        for marker in self.markers:  # noqa: SIM110 - any() takes as long again
            if marker in text:
                return True
        return False

    def count(self, raw: bytes) -> int:
        """The number of records that a record holds."""
        return self.part_count(raw) if self.may_apply(raw) else 1


def split_lines(
    lines: Iterator[tuple[int, bytes]], split: Split | None
) -> Iterator[tuple[int, bytes]]:
    """Position and bytes of each record in lines with their offsets.

    The k-th part of a line has the offset of the line's k-th byte, which no other record has.
    """
    return _split_lines(lines, split) if split else lines


def _split_lines(lines: Iterator[tuple[int, bytes]], split: Split) -> Iterator[tuple[int, bytes]]:
    for offset, raw in lines:
        if split.may_apply(raw):
            yield from enumerate(split.parts(raw), start=offset)
        else:
            yield offset, raw


def split_elements(
    records: Iterator[tuple[int, bytes]], split: Split | None
) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each record of a document, numbered from 0 after they are split."""
    return enumerate(raw for _, raw in _split_lines(records, split)) if split else records
