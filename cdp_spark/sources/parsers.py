"""How each source's records are parsed."""

from collections.abc import Callable

from pyspark.sql import DataFrame

from cdp_spark.sources import Format, known_formats
from cdp_spark.sources.settings import SourceSettings, SourcesSettings


def parsers_of(settings: SourcesSettings) -> dict[str, Callable[[DataFrame], DataFrame]]:
    """Name of a source → what turns its records into `PARSED` columns."""
    known = known_formats()
    return {source.name: _parser(known[source.format], source) for source in settings.entries}


def _parser(form: Format, source: SourceSettings) -> Callable[[DataFrame], DataFrame]:
    return lambda records: form.parsed(records, source)
