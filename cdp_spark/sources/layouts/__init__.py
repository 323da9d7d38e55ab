"""One module per file layout; the folder is the registry. Each module defines READER.

A reader is a plain generator over one file. The check of a file runs it to count records, and
reading runs it again to keep them, so a file that passes the check can be read. Line files are not
here: cdp_spark/sources/records.py reads them in ranges.
"""

import importlib

from cdp_spark.sources import Layout
from cdp_spark.sources.reader import Reader
from cdp_spark.sources.reading import ReadingSettings


def reader_of(layout: Layout) -> Reader:
    """The reader of a layout other than lines; loads only the module of that layout."""
    reader: Reader = importlib.import_module(f"{__name__}.{layout}").READER
    return reader


def unfit_options(
    layout: Layout, reading: ReadingSettings, value_options: tuple[str, ...] = ()
) -> list[str]:
    """Messages about options that a source ignores, and required ones that are missing.

    `value_options` are those that the source's format uses.
    """
    reader = None if layout in ("lines", "rows") else reader_of(layout)
    options, needs = (reader.options, reader.needs) if reader else ((), ())
    options = (*options, *value_options)
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
