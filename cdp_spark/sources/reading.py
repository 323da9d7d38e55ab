"""Settings of how the files of one source are read."""

import codecs
import re
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Width(BaseModel):
    """One column of lines of fixed width."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(min_length=1, description="name of the column")
    start: int = Field(ge=1, description="place of its first sign in the line, from 1")
    width: int = Field(ge=1, description="how many signs it has")

    @property
    def end(self) -> int:
        """Place of its last sign."""
        return self.start + self.width - 1


class ReadingSettings(BaseModel):
    """How files are read; each layout says which of these it knows."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    encoding: str = Field(
        default="", description="of text, such as windows-1254 or utf-16; UTF-8 if empty"
    )
    delimiter: str = Field(
        default=",", min_length=1, max_length=1, description="csv: what stands between values"
    )
    quote: str = Field(
        default='"', min_length=1, max_length=1, description="csv: what stands around a value"
    )
    header: bool = Field(
        default=True, description="csv: the first line names the columns; else `names` does"
    )
    names: tuple[str, ...] = Field(default=(), description="csv: columns of a file without header")
    sheet: str = Field(default="", description="excel: name of the sheet; the first if empty")
    header_row: int = Field(
        default=1, ge=1, description="excel: row that names the columns, from 1"
    )
    row_tag: str = Field(default="", description="xml: the element that is a row")
    widths: tuple[Width, ...] = Field(default=(), description="fixed: the columns of a line")
    path_identifiers: str = Field(
        default="",
        description="document: a pattern sought in a file's path, each named group a kind of "
        "identifier, such as (?P<email>[^/]+@[^/]+)",
    )
    largest_document: int = Field(
        default=256 << 20,
        ge=1_000,
        description="json, excel: bytes above which a file, which must be held whole, is refused",
    )

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, name: str) -> str:
        if name and not _is_text_encoding(name):
            raise ValueError("no text encoding Python knows; such as utf-8, utf-16, windows-1254")
        return name

    @field_validator("path_identifiers")
    @classmethod
    def _pattern_is_plain(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as fault:
            raise ValueError(f"no pattern: {fault}") from fault
        if pattern and (not groups or re.search(r"\(\?P[^<]", pattern)):
            raise ValueError("expected named groups such as (?P<email>…), and no others of (?P")
        return pattern

    @model_validator(mode="after")
    def _columns_are_told_apart(self) -> Self:
        if self.delimiter == self.quote:
            raise ValueError("delimiter and quote: expected two different signs")
        if self.header == bool(self.names):
            raise ValueError("names: expected with `header: false`, and only then")
        _refuse_doubled("names", self.names)
        _refuse_doubled("widths", tuple(one.name for one in self.widths))
        places = sorted(self.widths, key=lambda one: one.start)
        for one, following in pairwise(places):
            if following.start <= one.end:
                raise ValueError(f"widths: {one.name} and {following.name} overlap")
        return self


def _is_text_encoding(name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)()
        return "".encode(name) is not None
    except (LookupError, TypeError):  # unknown, or from bytes to bytes, such as base64
        return False


def _refuse_doubled(knob: str, names: tuple[str, ...]) -> None:
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{knob}: the same name twice: {doubled}")


AS_IT_IS = ReadingSettings()
