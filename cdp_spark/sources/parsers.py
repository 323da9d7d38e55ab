"""How each source's records are parsed."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame

from cdp_spark.sources import Body, Format, known_formats
from cdp_spark.sources.settings import SourceSettings, SourcesSettings


@dataclass(frozen=True)
class Parser:
    """What turns a source's records into `PARSED` columns; the rest is as in `Format`."""

    parsed: Callable[[DataFrame], DataFrame]
    body: Body
    known: tuple[str, ...] = ()


# What tells sources apart, but not what their records look like.
_APART = {"name", "path", "organisation", "region", "trust", "contract", "kafka", "table"}


def parsers_of(settings: SourcesSettings) -> dict[str, Parser]:
    """Name of a source → its parser: the same one for all that are parsed alike.

    A plan grows with each parser; twenty sources of one format need one.
    """
    known, alike = known_formats(), dict[str, Parser]()
    found: dict[str, Parser] = {}
    for source in settings.entries:
        told = source.model_dump_json(exclude=_APART)
        alike.setdefault(told, _parser(known[source.format], source))
        found[source.name] = alike[told]
    return found


def _parser(form: Format, source: SourceSettings) -> Parser:
    return Parser(lambda records: form.parsed(records, source), form.body, form.known)
