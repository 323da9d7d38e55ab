"""Values in cells of tables, as the `reading` options of a source say they are written."""

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.values.moment import in_calendar, timestamp_of
from cdp_spark.values.number import number_of

_UTC = "UTC"
_NO_BREAK = "\u00a0\u2007\u2009\u202f"
_BLANKS = " \t\n\x0b\f\r\u00a0\u2007\u2009\u202f\ufeff\u200b"
# An offset follows a time: the end of 2026-11-20 is a day.
_OFFSET = r"(:[0-9]{2}[0-9:.,]*|T[0-9]{6})\s*[+-][0-9]{1,2}(:?[0-9]{2})?(\[.*\])?"
_HAS_ZONE = rf"(?i)([0-9]\s*(Z|GMT|UTC)(\[.*\])?|{_OFFSET}|\s[A-Z]{{2,5}}|[A-Z]/[A-Z_]+)\s*$"
_ZONE_LETTERS = "XxZVzO"
_EPOCH = r"^\s*[0-9]{9,19}(\.[0-9]+)?\s*$"
# Days of a workbook since 1899-12-30, from 1954 to 2119; fractions are times of the day.
_SERIAL, _SERIAL_EPOCH, _DAY_SECONDS = r"^\s*[2-7][0-9]{4}(\.[0-9]+)?\s*$", 25569, 86400
_EMPTY = ("", "null", "none", "undefined", "nan", "nat", "n/a", "#n/a", "-", "—")


def trimmed(text: Column) -> Column:
    """The text without blanks around it, no-break spaces and byte order marks included."""
    return F.trim(text, F.lit(_BLANKS))


def is_filled(text: Column) -> Column:
    """Whether a cell holds anything but blanks and the words that software writes for nothing."""
    return text.isNotNull() & ~F.lower(trimmed(text)).isin(*_EMPTY)


def number_in(text: Column, reading: ReadingSettings, kind: str) -> Column:
    """The number in a cell, by `decimal` and `thousands`."""
    return number_of(text, kind, reading.decimal, reading.thousands)


def moment_in(text: Column, reading: ReadingSettings, *, is_sheet: bool = False) -> Column:
    """The instant in a cell, by `times` and `zone`; of a sheet also a day number."""
    plain = trimmed(text) if reading.times or is_sheet else text
    written = _with_plain_signs(plain)
    own = [_by_pattern(written, pattern, reading.zone) for pattern in reading.times]
    found = [*own, _of_other_text(plain, reading.zone)]
    if is_sheet:
        found.insert(0, _of_serial(plain, reading.zone))
    return F.coalesce(*found) if len(found) > 1 else found[0]


def day_in(text: Column, reading: ReadingSettings, *, is_sheet: bool = False) -> Column:
    """The day in a cell, by `times`; the zone does not move it."""
    local = reading.model_copy(update={"zone": _UTC})
    return F.to_date(in_calendar(moment_in(text, local, is_sheet=is_sheet)))


def first_of(values: Sequence[Column]) -> Column:
    """The first of the values that is not null."""
    return F.coalesce(*values) if values else F.lit(None).cast("string")


def _with_plain_signs(text: Column) -> Column:
    """The text of a time with usual blanks, and AM or PM without points: as patterns have them."""
    blank = F.translate(text, _NO_BREAK, " " * len(_NO_BREAK))
    return F.regexp_replace(blank, r"(?i)\b([ap])\. ?m\.?$", "$1M")


def _by_pattern(text: Column, pattern: str, zone: str) -> Column:
    plain = pattern.translate(str.maketrans(_NO_BREAK, " " * len(_NO_BREAK)))
    moment = F.try_to_timestamp(text, F.lit(plain))
    return moment if set(pattern) & set(_ZONE_LETTERS) else _in_zone(moment, zone)


def _of_other_text(text: Column, zone: str) -> Column:
    moment = timestamp_of(text)
    if zone == _UTC:
        return moment
    return F.when(text.rlike(_HAS_ZONE) | text.rlike(_EPOCH), moment).otherwise(
        _in_zone(moment, zone)
    )


def _of_serial(text: Column, zone: str) -> Column:
    seconds = F.round((text.try_cast("double") - _SERIAL_EPOCH) * _DAY_SECONDS)
    moment = F.timestamp_seconds(F.when(text.rlike(_SERIAL), seconds).try_cast("bigint"))
    return _in_zone(moment, zone)


def _in_zone(moment: Column, zone: str) -> Column:
    return moment if zone == _UTC else F.to_utc_timestamp(moment, zone)
