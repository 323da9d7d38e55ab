from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.sources.layouts import unfit_options
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings, Width

_A, _B = Width(name="a", start=1, width=4), Width(name="b", start=5, width=1)
_LONG = Width(name="a", start=1, width=5)


def test_the_default_options_are_those_of_plain_files() -> None:
    assert ReadingSettings() == DEFAULT_READING
    assert (
        DEFAULT_READING.delimiter,
        DEFAULT_READING.header,
        DEFAULT_READING.largest_document,
    ) == (
        ",",
        True,
        256 << 20,
    )
    assert ReadingSettings(widths=(_A, _B)).widths[0].end == 4
    assert ReadingSettings(encoding="windows-1254", path_identifiers="(?P<user_id>u)").encoding


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "klingon"}, "expected a text encoding"),
        ({"encoding": "base64"}, "expected a text encoding"),
        ({"delimiter": ";;"}, "at most 1"),
        ({"delimiter": "'", "quote": "'"}, "two different characters"),
        ({"header": False}, "names: expected with"),
        ({"names": ("a",)}, "names: expected with"),
        (
            {"header": False, "names": ("a", "a")},
            r"names: expected distinct names, found twice: \['a'\]",
        ),
        ({"widths": (_A, _A)}, "widths: expected distinct names"),
        ({"widths": (_B, _LONG)}, "columns must not overlap"),
        ({"path_identifiers": "("}, "expected a regular expression"),
        ({"path_identifiers": "([a-z]+)"}, "expected named groups"),
        ({"path_identifiers": "(?P<a>x)(?P=a)"}, "no other"),
        ({"header_row": 0}, "greater than or equal to 1"),
        ({"largest_document": 1}, "greater than or equal to 1000"),
    ],
)
def test_options_that_contradict_each_other_are_rejected(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        ReadingSettings(**options)


def test_ignored_and_missing_options_are_named() -> None:
    assert unfit_options("lines", DEFAULT_READING) == []
    assert unfit_options("lines", ReadingSettings(encoding="utf-8")) == [
        "encoding: has no effect on layout lines; remove it (used options: none)"
    ]
    assert unfit_options("xml", ReadingSettings(sheet="S")) == [
        "sheet: has no effect on layout xml; remove it (used options: row_tag)",
        "row_tag: required for layout xml; set it",
    ]
    assert unfit_options("csv", ReadingSettings(header=False, names=("a",), quote="'")) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"zone": "Istanbul"}, "such as Europe/Istanbul, found 'Istanbul'"),
        ({"times": ("%d.%m.%Y",)}, "a pattern of Spark such as"),
        ({"times": ("H:mm",)}, "a pattern of Spark such as"),
        ({"decimal": ",", "thousands": ","}, "two different signs"),
    ],
)
def test_ways_to_write_values_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ReadingSettings(**options)
    fit: dict[str, Any] = {
        "times": ("d.M.yyyy[ H:mm[:ss]]", "yyyy-MM-dd'T'HH:mm:ssXXX"),
        "zone": "Asia/Tokyo",
    }
    assert ReadingSettings(**fit).times == fit["times"]
