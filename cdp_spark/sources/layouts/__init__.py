"""One file per layout of files; the folder is the registry. A file offers READER.

A layout's reader is a plain generator over one file: the check of a file runs through it and
counts, the reading runs through it again and keeps, so what passed the one can't fail the other.
Files of lines alone are not here: they are read in ranges, by cdp_spark/sources/records.py.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cdp_spark.sources import Layout
from cdp_spark.sources.reading import ReadingSettings

Record = tuple[int, bytes]


class FileRefused(Exception):
    """A file can't be taken; the message is the reason, a fixed word without anything of it."""


BROKEN, LARGE, LONG, ENCODING, UNREADABLE, SHEET, DOCTYPE = (
    "broken_archive", "file_too_large", "record_too_long", "wrong_encoding", "unreadable_file",
    "missing_sheet", "has_doctype",
)  # fmt: skip


def counted(records: Iterable[Record], longest_record: int) -> int:
    """How many records there are.

    Raises:
        FileRefused: one is of more than `longest_record` bytes.
    """
    count = 0
    for _, raw in records:
        if len(raw) > longest_record:
            raise FileRefused(LONG)
        count += 1
    return count


@dataclass(frozen=True)
class Reader:
    """How the files of one layout are read.

    `records` gives position and bytes of each record of a file; it may stop, refusing the file,
    where one grows above the given number of bytes. `count` counts them, for layouts that can
    without making them. `knobs` are the fields of `ReadingSettings` that it heeds; those of
    `needs` must be given.
    """

    records: Callable[[str, ReadingSettings, int], Iterator[Record]]
    count: Callable[[str, ReadingSettings], int] | None = None
    knobs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def checked_count(self, uri: str, reading: ReadingSettings, longest_record: int) -> int:
        """How many records a file has.

        Raises:
            FileRefused: it can't be taken, and why.
            OSError: it is damaged or can't be read.
            pyarrow.ArrowException: it is not of its layout.
        """
        if self.count is not None:
            return self.count(uri, reading)
        return counted(self.records(uri, reading, longest_record), longest_record)


def reader_of(layout: Layout) -> Reader:
    """The reader of a layout other than lines; only its own module is loaded."""
    reader: Reader = importlib.import_module(f"{__name__}.{layout}").READER
    return reader


def unfit_knobs(layout: Layout, reading: ReadingSettings) -> list[str]:
    """What the settings say that the layout does not heed, and what it needs and they do not."""
    reader = None if layout in ("lines", "rows") else reader_of(layout)
    knobs, needs = (reader.knobs, reader.needs) if reader else ((), ())
    given = sorted(reading.model_fields_set)
    known = ", ".join(knobs) or "none"
    unfit = [f"{name}: means nothing for {layout}; it knows {known}" for name in given
             if name not in knobs]  # fmt: skip
    return unfit + [f"{name}: {layout} needs it" for name in needs if not getattr(reading, name)]
