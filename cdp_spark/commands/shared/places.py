"""Countries, currencies and time zones as a person names them: their codes, or the nearest ones."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

from cdp_spark.settings import SettingsInvalid
from cdp_spark.values.country import country_of
from cdp_spark.values.currency import SIGNS, currency_codes
from cdp_spark.values.phone import has_calling_code

_NEAR, _MOST = 0.6, 3


def country_named(text: str) -> str:
    """The ISO 3166 alpha-2 code of a code or a name in any usual language; empty for no text.

    Raises:
        SettingsInvalid: there is no such country; the message has the nearest ones.
    """
    code = country_of(text) or ""
    if not text or has_calling_code(code):
        return code
    names = {str(name): str(one) for one, name in Locale("en").territories.items()
             if has_calling_code(str(one))}  # fmt: skip
    raise _unknown("country: expected a code of ISO 3166 such as DE", text, names)


def currency_named(text: str) -> str:
    """The code of ISO 4217 of a code in any case, a sign or an English name; empty for no text.

    Raises:
        SettingsInvalid: there is no such currency; the message has the nearest ones.
    """
    code = text.strip().upper()
    if not code or code in currency_codes():
        return code
    if code in SIGNS:
        return SIGNS[code]
    names = {str(Locale("en").currencies[one]): one for one in currency_codes()}
    found = {name.lower(): one for name, one in names.items()}.get(text.strip().lower())
    if found:
        return found
    raise _unknown("currency: expected a code of ISO 4217 such as EUR", text, names)


def zone_named(text: str) -> str:
    """The IANA time zone of a name or a city in any case; empty for no text.

    The name of a city counts if all zones that end in it are the same one: Asia/Istanbul is
    another name of Europe/Istanbul.

    Raises:
        SettingsInvalid: there is no such zone; the message has the nearest ones.
    """
    name = text.strip().replace(" ", "_").lower()
    zones = available_timezones()
    whole = {one.lower(): one for one in zones}
    if not name or name in whole:
        return whole.get(name, "")
    places = sorted((one for one in zones if "/" in one), reverse=True)
    in_city = [one for one in places if one.rsplit("/")[-1].lower() == name]
    same = {str(get_global("zone_aliases").get(one, one)) for one in in_city}
    if len(same) == 1:
        return same.pop()
    cities = {one.rsplit("/")[-1].lower(): one for one in places}
    near = {**cities, **whole}
    example = "time zone: expected an IANA name such as Europe/Berlin"
    raise _unknown(example, name, near, show=lambda one: near[one])


def usual_currency(country: str) -> str:
    """The currency of a country; empty for none."""
    found = get_territory_currencies(country) if country else []
    return str(found[0]) if found else ""


def _unknown(
    expected: str, text: str, codes: Mapping[str, str], show: Callable[[str], str] | None = None
) -> SettingsInvalid:
    shown = show or (lambda one: f"{codes[one]} ({one})")
    near = [shown(one) for one in _nearest(text, codes)]
    hint = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    return SettingsInvalid(f"{expected}, found {text!r}{hint}")


def _nearest(text: str, names: Iterable[str]) -> list[str]:
    by_name = {one.lower(): one for one in names}
    found = difflib.get_close_matches(text.lower(), by_name, n=_MOST, cutoff=_NEAR)
    return [by_name[one] for one in found]
