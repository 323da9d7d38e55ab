"""One module per file layout; the folder is the registry. Each module defines READER.

A reader is a plain generator over one file. The check of a file runs it to count records, and
reading runs it again to keep them, so a file that passes the check can be read. Line files are not
here: cdp_spark/sources/records.py reads them in ranges.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cdp_spark.sources import Layout
from cdp_spark.sources.reading import ReadingSettings

Record = tuple[int, bytes]


class FileRejected(Exception):
    """A file is rejected; the message is a reason code without any content of the file."""


BROKEN, LARGE, LONG, ENCODING, UNREADABLE, SHEET, DOCTYPE = (
    "broken_archive", "file_too_large", "record_too_long", "wrong_encoding", "unreadable_file",
    "missing_sheet", "has_doctype",
)  # fmt: skip


def checked_record_count(records: Iterable[Record], longest_record: int) -> int:
    """The number of records.

    Raises:
        FileRejected: a record has more than `longest_record` bytes.
    """
    count = 0
    for _, raw in records:
        if len(raw) > longest_record:
            raise FileRejected(LONG)
        count += 1
    return count


@dataclass(frozen=True)
class Reader:
    """How the files of one layout are read.

    `records` yields position and bytes of each record of a file; it may reject the file when a
    record grows above the given number of bytes. `count` counts records, if the layout can do so
    without building them. `options` are the fields of `ReadingSettings` that it uses; those in
    `needs` are required.
    """

    records: Callable[[str, ReadingSettings, int], Iterator[Record]]
    count: Callable[[str, ReadingSettings], int] | None = None
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def checked_count(self, uri: str, reading: ReadingSettings, longest_record: int) -> int:
        """The number of records of a file.

        Raises:
            FileRejected: the file is rejected; the message is the reason.
            OSError: the file is damaged or can't be read.
            pyarrow.ArrowException: the file is not of this layout.
        """
        if self.count is not None:
            return self.count(uri, reading)
        return checked_record_count(self.records(uri, reading, longest_record), longest_record)


def reader_of(layout: Layout) -> Reader:
    """The reader of a layout other than lines; loads only the module of that layout."""
    reader: Reader = importlib.import_module(f"{__name__}.{layout}").READER
    return reader


def unfit_options(layout: Layout, reading: ReadingSettings) -> list[str]:
    """Messages about options that the layout ignores, and required ones that are missing."""
    reader = None if layout in ("lines", "rows") else reader_of(layout)
    options, needs = (reader.options, reader.needs) if reader else ((), ())
    given = sorted(reading.model_fields_set)
    known = ", ".join(options) or "none"
    ignored = [
        f"{name}: has no effect on layout {layout}; remove it (used options: {known})"
        for name in given
        if name not in options
    ]
    return ignored + [
        f"{name}: required for layout {layout}; set it"
        for name in needs
        if not getattr(reading, name)
    ]
