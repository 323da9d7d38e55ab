import json
from collections.abc import Iterator

import pytest

from cdp_spark.sources.quotes import whole_records
from cdp_spark.sources.reading import ReadingSettings

_READING = ReadingSettings(delimiter=";")


def _blocks(lines: list[str], size: int) -> Iterator[list[str]]:
    return (lines[start : start + size] for start in range(0, len(lines), size))


def _read(text: str, size: int = 2, reading: ReadingSettings = _READING) -> tuple[str, list[str]]:
    """The text that is read, and the lines that are rejected for an open quote."""
    ragged: list[bytes] = []
    read = "".join(whole_records(_blocks(text.split("\n"), size), reading, 3, ragged.append))
    broken = [json.loads(one) for one in ragged]
    assert all(one["$rejected"] == "unclosed_quote" for one in broken)
    return read.removesuffix("\n"), [one["$text"] for one in broken]


@pytest.mark.parametrize(
    "text",
    [
        'a;"b";c\n1;2;3',
        'a;"b\nb; b";c\n1;2;3',  # a value of two lines
        'a;"b\n\n\nb";"c\nc"\n1;2;3',
        'a;5" screen;c\n1;2" pipe;3',  # inches
        'a;"say ""hi""\nthere";c',
        '"a;b";"c;d";""\n"";"";""',
        'a;"b" c;d',
    ],
)
@pytest.mark.parametrize("size", [1, 3])
def test_text_without_an_open_quote_stays_as_it_is(text: str, size: int) -> None:
    assert _read(text, size) == (text, [])


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ('1;a;b\n2;"open;b\n3;a;b\n4;"fine";b', ['2;"open;b']),  # a later quote would close it
        ('1;"open;b\n2;a;b\n3;a;b', ['1;"open;b']),  # none closes it
        ('1;a;"open\n2;a;b\n3;"x;b\n4;a;b', ['1;a;"open', '3;"x;b']),
        ('1;"half;b\n2;half";b', ['1;"half;b']),  # both are rows
        ('1;"open;b\n2;"";b\n3;a;"c"', ['1;"open;b']),
        ('1;2;"\n3;4;5', ['1;2;"']),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 9])
def test_an_open_quote_costs_its_own_line_only(text: str, broken: list[str], size: int) -> None:
    others = [line for line in text.split("\n") if line not in broken]
    assert _read(text, size) == ("\n".join(others), broken)


def test_a_value_of_too_many_lines_is_an_open_quote() -> None:
    text = '1;"open;b\n' + "\n".join(["2;a;b"] * 3000) + '\n3;a";b'
    read, broken = _read(text, 100)
    assert (read.count("2;a;b"), broken) == (3000, ['1;"open;b'])


def test_a_trailing_delimiter_is_no_value_and_a_quote_can_be_escaped() -> None:
    trailing = ReadingSettings(delimiter=";", trailing_delimiter=True)
    assert _read("1;2;3;\n4;5;6;", reading=trailing)[0] == "1;2;3\n4;5;6"
    escaped = ReadingSettings(delimiter=";", escape="\\")
    text = '1;"say \\"hi\\"";3\n4;"5\n5";6'
    assert _read(text, reading=escaped) == (text, [])
    plain = ReadingSettings(delimiter=";", quote="")
    assert _read('1;"2;3\n4;5;6', reading=plain) == ('1;"2;3\n4;5;6', [])
