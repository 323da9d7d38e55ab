"""Countries: ISO 3166 codes and names in many languages → the two-letter code."""

from datetime import UTC, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from cdp_spark.values.text import bare, lower

_LANGUAGES = ("en", "tr", "de", "fr", "es", "it", "pt", "nl", "pl", "ro", "ru", "ar", "fa", "zh",
              "ja", "ko", "sv", "da", "fi", "cs", "hu", "el", "uk")  # fmt: skip
_LETTERS = 2
# Winter and summer of several years: zones of one country that agree on them have one clock.
_DAYS = [datetime(year, month, 15, tzinfo=UTC) for year in (2015, 2020, 2026) for month in (1, 7)]
# Names that people write and CLDR does not have.
_OTHERS = {
    "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "america": "US",
    "uk": "GB", "u.k.": "GB", "great britain": "GB", "england": "GB", "scotland": "GB",
    "wales": "GB", "northern ireland": "GB", "turkey": "TR", "türkiye cumhuriyeti": "TR",
    "turkiye": "TR", "holland": "NL", "the netherlands": "NL", "czech republic": "CZ",
    "russian federation": "RU", "korea": "KR", "south korea": "KR", "uae": "AE", "brasil": "BR",
    "ingiltere": "GB", "amerika": "US", "abd": "US", "a.b.d.": "US",
}  # fmt: skip


@lru_cache(maxsize=1 << 12)
def country_of(text: str) -> str | None:
    """The ISO 3166 alpha-2 code of a country's code or name; None if it names no country."""
    name = lower(bare(text))
    if not name:
        return None
    return _names().get(name)


@cache
def zone_of(code: str) -> str:
    """The IANA time zone of a country that has one clock; empty where clocks differ.

    Germany has two zones, Europe/Berlin and Europe/Busingen, that always agree.
    """
    zones = list(map(str, get_global("territory_zones").get(code, ())))
    clocks = {tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in _DAYS) for zone in zones}
    return zones[0] if len(clocks) == 1 else ""


def is_country(code: str) -> bool:
    """Whether a text is an ISO 3166 alpha-2 code."""
    return code in _codes()


@cache
def _codes() -> frozenset[str]:
    territories = map(str, Locale("en").territories)
    named = {code for code in territories if len(code) == _LETTERS and code.isalpha()}
    return frozenset(named - {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in reversed(_LANGUAGES):
        for code, name in Locale(language).territories.items():
            if code in _codes():
                names[lower(name)] = str(code)
    for alias, codes in get_global("territory_aliases").items():
        if len(codes) == 1 and codes[0] in _codes():
            names[lower(alias)] = codes[0]
    return names | _OTHERS | {code.lower(): code for code in _codes()}
