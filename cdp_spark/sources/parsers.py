"""How each source's records are parsed."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.sources import Body, Format, known_formats
from cdp_spark.sources.settings import SourceSettings, SourcesSettings


@dataclass(frozen=True)
class Parser:
    """What turns a source's records into `PARSED` columns, and what it wants of their bytes."""

    parsed: Callable[[DataFrame], DataFrame]
    body: Body


def parsers_of(settings: SourcesSettings) -> dict[str, Parser]:
    """Name of a source → its parser."""
    known = known_formats()
    return {source.name: _parser(known[source.format], source) for source in settings.entries}


def _parser(form: Format, source: SourceSettings) -> Parser:
    return Parser(lambda records: form.parsed(records, source), form.body)
