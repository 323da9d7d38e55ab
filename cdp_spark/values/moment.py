"""Instants as text."""

import re

from pyspark.sql import Column
from pyspark.sql import functions as F

EARLIEST, LATEST = "2000-01-01", "2100-01-01"
_FIRST, _LAST = "0001-01-01", "9999-12-31"
_WITH_DAY = r"^\s*[+-]?[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}"
# RFC 3339, section 5.6: `t` and `z` may be lower case; ISO 8601 allows a decimal comma.
_LOWER = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[tT ][0-9:]+([.,][0-9]+)?\s*([zZ]|[+-][0-9:]+)?\s*$"
_BASIC = r"^\s*([0-9]{4})([0-9]{2})([0-9]{2})[tT]([0-9]{2})([0-9]{2})([0-9]{2})"
_EXTENDED = "$1-$2-$3T$4:$5:$6"
# RFC 1123, as HTTP headers and mail have it: Fri, 20 Nov 2026 10:00:00 GMT.
_RFC_1123 = r"^\s*(?:[A-Za-z]{3,9},?\s+)?([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}) ([0-9:]{5,8}) (\S+)"
_ZONE_WORD = r"(GMT|UTC|UT|Z)$"
# Seconds have 9 or 10 digits, each finer unit three more; shorter numbers are years or days.
_EPOCH = r"^\s*[0-9]{9,10}([0-9]{3}){0,3}(\.[0-9]+)?\s*$"


# What Spark reads of a pattern's letters: others end the run that meets them.
_LETTERS = frozenset(
    ("yyyy", "yy", "y", "MMMM", "MMM", "MM", "M", "dd", "d", "HH", "H", "hh", "h", "mm", "m", "ss",
     "s", "a", "XXX", "xxx", "XX", "X", "Z", "VV", "z", *("S" * count for count in range(1, 10)))
)  # fmt: skip


def pattern_error(pattern: str) -> str:
    """What is wrong with a pattern of dates and times; empty if nothing is."""
    plain = re.sub(r"'[^']*'", "", pattern)
    runs = {found[0] for found in re.finditer(r"([A-Za-z])\1*", plain)}
    if odd := sorted(runs - _LETTERS):
        return f"{', '.join(odd)} can't be read"
    if re.search(r"[#{}'%]", plain) or not _is_balanced(re.sub(r"[^\[\]]", "", plain)):
        return "quotes and brackets must be closed; # { } % can't be read"
    if not {"y", "M", "d"} <= set(plain):
        return "year (y), month (M) and day (d) are needed"
    if ("h" in plain) != ("a" in plain):
        return "h counts to 12 and needs a (AM, PM); H counts to 24"
    return ""


def _is_balanced(brackets: str) -> bool:
    while "[]" in brackets:
        brackets = brackets.replace("[]", "")
    return not brackets


def timestamp_of(text: Column) -> Column:
    """The instant of a text, UTC where it has no zone; null if it has none.

    Read are ISO 8601 and RFC 3339, RFC 1123, and seconds, milliseconds, microseconds or nanoseconds
    since 1970. A text without a day gives null: Spark would fill in the first of January, or today.
    """
    # Nearly all texts are ISO 8601. The rest is evaluated only for those that are not, and
    # interpreted, because it takes a lambda: generated, it was half of the code of a parser.
    iso = F.when(text.rlike(_WITH_DAY), F.try_to_timestamp(text))
    other = F.get(F.transform(F.array(text), _of_other_text), F.lit(0))
    return F.coalesce(iso, F.when(text.isNotNull(), other))


def _of_other_text(text: Column) -> Column:
    upper = F.upper(F.regexp_replace(text, ",", "."))
    basic = F.regexp_replace(upper, _BASIC, _EXTENDED)
    day = F.regexp_replace(text, _RFC_1123, "$1 $2 $3 $4 $5")
    zoned = F.regexp_replace(day, _ZONE_WORD, "+0000")
    return (
        F.when(text.rlike(_EPOCH), _of_epoch(text))
        .when(text.rlike(_LOWER), F.try_to_timestamp(upper))
        .when(text.rlike(_BASIC), F.try_to_timestamp(basic))
        .when(text.rlike(_RFC_1123), F.try_to_timestamp(zoned, F.lit("d MMM yyyy H:mm[:ss] Z")))
    )


def _of_epoch(text: Column) -> Column:
    digits = F.length(F.substring_index(F.trim(text), ".", 1))
    finer = F.floor((digits - 9) / 3) * 3 - 6  # decimals of the unit, from microseconds
    micros = text.try_cast("decimal(30,9)") / F.pow(F.lit(10), finer)
    return F.timestamp_micros(F.round(micros).try_cast("bigint"))


def day_of(text: Column) -> Column:
    """The day of an ISO 8601 text; null if it has none, or outside the years 1 to 9999."""
    return F.to_date(in_calendar(timestamp_of(text)))


def in_calendar(moment: Column) -> Column:
    """The instant; null outside the years 1 to 9999, where spans of time overflow."""
    first, last = F.lit(_FIRST).cast("timestamp"), F.lit(_LAST).cast("timestamp")
    return F.when((moment >= first) & (moment < last), moment)


def is_plausible(moment: Column) -> Column:
    """Whether an instant lies in this century: not every reader can show others."""
    return (moment >= F.lit(EARLIEST).cast("timestamp")) & (
        moment < F.lit(LATEST).cast("timestamp")
    )
