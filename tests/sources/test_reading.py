from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.sources.layouts import unfit_knobs
from cdp_spark.sources.reading import AS_IT_IS, ReadingSettings, Width

_A, _B = Width(name="a", start=1, width=4), Width(name="b", start=5, width=1)
_LONG = Width(name="a", start=1, width=5)


def test_files_are_read_as_they_are_unless_the_source_says_more() -> None:
    assert ReadingSettings() == AS_IT_IS
    assert (AS_IT_IS.delimiter, AS_IT_IS.header, AS_IT_IS.largest_document) == (
        ",",
        True,
        256 << 20,
    )
    assert ReadingSettings(widths=(_A, _B)).widths[0].end == 4
    assert ReadingSettings(encoding="windows-1254", path_identifiers="(?P<user_id>u)").encoding


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"encoding": "klingon"}, "no text encoding"),
        ({"encoding": "base64"}, "no text encoding"),
        ({"delimiter": ";;"}, "at most 1"),
        ({"delimiter": "'", "quote": "'"}, "two different signs"),
        ({"header": False}, "names: expected with"),
        ({"names": ("a",)}, "names: expected with"),
        ({"header": False, "names": ("a", "a")}, r"names: the same name twice: \['a'\]"),
        ({"widths": (_A, _A)}, "widths: the same name twice"),
        ({"widths": (_B, _LONG)}, "a and b overlap"),
        ({"path_identifiers": "("}, "no pattern"),
        ({"path_identifiers": "([a-z]+)"}, "expected named groups"),
        ({"path_identifiers": "(?P<a>x)(?P=a)"}, "no others"),
        ({"header_row": 0}, "greater than or equal to 1"),
        ({"largest_document": 1}, "greater than or equal to 1000"),
    ],
)
def test_knobs_that_contradict_each_other_are_refused(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ReadingSettings(**knobs)


def test_knobs_that_mean_nothing_for_a_layout_and_those_that_are_missing_are_told() -> None:
    assert unfit_knobs("lines", AS_IT_IS) == []
    assert unfit_knobs("lines", ReadingSettings(encoding="utf-8")) == [
        "encoding: means nothing for lines; it knows none"
    ]
    assert unfit_knobs("xml", ReadingSettings(sheet="S")) == [
        "sheet: means nothing for xml; it knows row_tag",
        "row_tag: xml needs it",
    ]
    assert unfit_knobs("csv", ReadingSettings(header=False, names=("a",), quote="'")) == []
