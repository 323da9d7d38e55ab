"""The parser of each source."""

from cdp_spark.semantics.parser import Parser
from cdp_spark.sources import Format, known_formats
from cdp_spark.sources.settings import SourceSettings, SourcesSettings

# Settings that do not affect parsing.
_NOT_PARSING = {
    *("name", "path", "organisation", "region", "trust", "contract", "kafka", "table"),
    *("namespace", "country", "deliveries"),
}


def parsers_of(settings: SourcesSettings) -> dict[str, Parser]:
    """Parser by source name; sources with equal parsing settings share one.

    The Spark plan grows with each parser; twenty sources of one format need only one.
    """
    known, by_settings = known_formats(), dict[str, Parser]()
    found: dict[str, Parser] = {}
    for source in settings.entries:
        settings_json = source.model_dump_json(exclude=_NOT_PARSING)
        by_settings.setdefault(settings_json, _parser(known[source.format], source))
        found[source.name] = by_settings[settings_json]
    return found


def _parser(form: Format, source: SourceSettings) -> Parser:
    return Parser(lambda records: form.parsed(records, source), form.body, form.known)
