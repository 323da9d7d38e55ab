"""Settings for reading the files of one source."""

import codecs
import re
from itertools import pairwise
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cdp_spark.sources.splits import Split
from cdp_spark.values.moment import pattern_error

# How values are written: options of every table, whatever its layout.
VALUE_OPTIONS = ("decimal", "thousands", "times", "zone")


class Width(BaseModel):
    """One column of lines of fixed width."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(min_length=1, description="name of the column")
    start: int = Field(ge=1, description="position of its first character in the line, from 1")
    width: int = Field(ge=1, description="number of characters")

    @property
    def end(self) -> int:
        """Position of its last character."""
        return self.start + self.width - 1


class ReadingSettings(BaseModel):
    """How files are read; each layout uses only some of these options."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    encoding: str = Field(
        default="", description="text encoding, such as windows-1254 or utf-16; UTF-8 if empty"
    )
    delimiter: str = Field(
        default=",", min_length=1, max_length=1, description="csv: character between values"
    )
    quote: str = Field(
        default='"',
        max_length=1,
        description="csv: character around a value; if empty, quotes are text",
    )
    escape: str = Field(
        default="",
        max_length=1,
        description="csv: character before a quote within a value; if empty, it is doubled",
    )
    trailing_delimiter: bool = Field(
        default=False, description="csv: each row ends with a delimiter that is not a value"
    )
    skip_lines: int = Field(
        default=0, ge=0, description="csv: number of lines to leave out at the start"
    )
    header: bool = Field(
        default=True, description="csv: a line has the column names; otherwise set `names`"
    )
    names: tuple[str, ...] = Field(
        default=(), description="csv: column names of a file without header"
    )
    sheet: str = Field(default="", description="excel: name of the sheet; the first if empty")
    header_row: int = Field(
        default=1,
        ge=1,
        description="csv, excel: line or row of the column names, from 1; what is above is left "
        "out. A line `sep=;` is left out by itself and not counted",
    )
    row_tag: str = Field(default="", description="xml: tag of the element that is a row")
    widths: tuple[Width, ...] = Field(default=(), description="fixed: the columns of a line")
    path_identifiers: str = Field(
        default="",
        description="document: regular expression for a file's path; each named group is a kind of "
        "identifier, such as (?P<email>[^/]+@[^/]+)",
    )
    decimal: Literal["", ".", ","] = Field(
        default="",
        description="decimal sign of numbers; if empty, a point, and a comma between thousands "
        "only where it can be nothing else",
    )
    thousands: str = Field(
        default="", max_length=1, description="sign between thousands; any usual one if empty"
    )
    times: tuple[str, ...] = Field(
        default=(),
        description="patterns of dates and times as in Spark, such as d.M.yyyy[ H:mm[:ss]]; ISO "
        "8601, RFC 1123 and seconds or milliseconds since 1970 are read without one",
    )
    zone: str = Field(
        default="UTC", description="time zone of times without one, such as Europe/Istanbul"
    )
    largest_document: int = Field(
        default=256 << 20,
        ge=1_000,
        description="json, excel: a file of more bytes is rejected, since it must be held whole",
    )

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, name: str) -> str:
        if name and not _is_text_encoding(name):
            raise ValueError(
                f"expected a text encoding such as utf-8, utf-16 or windows-1254, found {name!r}"
            )
        return name

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"expected a time zone such as Europe/Istanbul, found {name!r}")
        return name

    @field_validator("times")
    @classmethod
    def _patterns_are_of_spark(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            if error := pattern_error(pattern):
                raise ValueError(
                    f"expected a pattern of Spark such as d.M.yyyy[ H:mm[:ss]], found {pattern!r}: "
                    f"{error}"
                )
        return patterns

    @field_validator("path_identifiers")
    @classmethod
    def _pattern_is_plain(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"expected a regular expression, found an error: {error}") from error
        if pattern and (not groups or re.search(r"\(\?P[^<]", pattern)):
            raise ValueError(
                "expected named groups such as (?P<email>…) and no other (?P…) constructs"
            )
        return pattern

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Self:
        if self.delimiter == self.quote:
            raise ValueError("delimiter and quote: expected two different characters")
        if self.decimal and self.decimal == self.thousands:
            raise ValueError("decimal and thousands: expected two different signs")
        if self.header == bool(self.names):
            raise ValueError("names: expected with `header: false` and only then")
        _require_distinct("names", self.names)
        _require_distinct("widths", tuple(one.name for one in self.widths))
        places = sorted(self.widths, key=lambda one: one.start)
        for one, following in pairwise(places):
            if following.start <= one.end:
                raise ValueError(
                    f"widths: {one.name} ends at {one.end}, but {following.name} starts at "
                    f"{following.start}; columns must not overlap"
                )
        return self


class SourceReading(ReadingSettings):
    """How files of one source are read, with the columns that its settings name."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    mapped: tuple[str, ...] = Field(default=(), description="columns that must be there")
    may_miss_columns: bool = Field(default=False, description="a file may lack some of them")
    split: Split | None = Field(default=None, description="that of the source's format")


def split_of(reading: ReadingSettings) -> Split | None:
    """How records that hold several are split; None if they are not."""
    return reading.split if isinstance(reading, SourceReading) else None


def _is_text_encoding(name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)()
        return "".encode(name) is not None
    except (LookupError, TypeError):  # unknown, or from bytes to bytes, such as base64
        return False


def _require_distinct(option: str, names: tuple[str, ...]) -> None:
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{option}: expected distinct names, found twice: {doubled}")


DEFAULT_READING = ReadingSettings()
