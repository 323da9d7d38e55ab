"""Reads files, topics and tables as records, and parses records into event columns.

Comes in: folders of files, Kafka topics, database tables. Goes out: one row per file or range with
the result of its check; one row per record with its bytes; one row per record in the columns of
`PARSED`. Invariants: a file is ingested whole or rejected whole; a record is never dropped.
Decided: files are read by our own Arrow reader, not by Spark's text source, because it keeps the
exact bytes and the position of a record, and finds a truncated archive before any row is ingested.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pyspark.sql import DataFrame

from cdp_spark.semantics.parser import Body
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.sources.splits import Split

Layout = Literal[
    "lines", "json", "csv", "fixed", "excel", "xml", "parquet", "avro", "orc", "document", "rows"
]


class SourceUnreadable(Exception):
    """A source can't be reached, or its next records are lost."""


class ColumnsMissing(SourceUnreadable):
    """A file lacks columns that the settings of its source name."""


@dataclass(frozen=True)
class Format:
    """How records of one format are stored in files, and how they are parsed.

    `parsed`, `body` and `known` make the `Parser` of a source. `settings` are the settings of a
    source that only some formats use, and this one does; `value_options` are the settings of
    `reading` for the notation of values. `split` splits records that hold several.
    """

    name: str
    layout: Layout
    parsed: Callable[[DataFrame, SourceSettings], DataFrame]
    body: Body = "json"
    known: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    value_options: tuple[str, ...] = ()
    split: Split | None = None


def known_formats() -> dict[str, Format]:
    """Every format by name, from the modules in cdp_spark/sources/formats."""
    folder = importlib.import_module(f"{__name__}.formats")
    modules = pkgutil.iter_modules(folder.__path__, f"{folder.__name__}.")
    found = [importlib.import_module(module.name).FORMATS for module in modules]
    return {one.name: one for several in found for one in several}
