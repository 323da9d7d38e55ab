"""Delivered files in many formats → records, and records → event candidates.

Comes in: folders of files, topics, tables of databases. Goes out: one row per file or range with
what the check found; one row per record with its bytes; one row per record in the columns of
`PARSED`. Always true: a file is taken whole or refused whole; a record is never dropped. Decided:
files are read by our own Arrow reader, not by Spark's text source, because only so a record keeps
its exact bytes and its position, and a torn archive is known before any row of it is taken.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pyspark.sql import DataFrame

from cdp_spark.sources.settings import SourceSettings

Layout = Literal[
    "lines", "json", "csv", "fixed", "excel", "xml", "parquet", "avro", "orc", "document", "rows"
]
Body = Literal["json", "text", "bytes"]


class SourceUnreadable(Exception):
    """A source can't be reached, or records that were to come next are gone."""


@dataclass(frozen=True)
class Format:
    """How records of one format are laid out in files, and how they are parsed.

    `parsed` takes bronze records with VARIANT `body` and gives `PARSED` columns. `body` says what
    its field `record` is: the JSON object of the record's text, the text itself, or, of bytes,
    nothing. `known` are the fields of the object that these columns tell of; none is all of them.
    """

    name: str
    layout: Layout
    parsed: Callable[[DataFrame, SourceSettings], DataFrame]
    body: Body = "json"
    known: tuple[str, ...] = ()


def known_formats() -> dict[str, Format]:
    """Every format, by name: the files of cdp_spark/sources/formats."""
    folder = importlib.import_module(f"{__name__}.formats")
    modules = pkgutil.iter_modules(folder.__path__, f"{folder.__name__}.")
    found = [importlib.import_module(module.name).FORMATS for module in modules]
    return {one.name: one for several in found for one in several}
