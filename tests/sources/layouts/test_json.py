import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdp_spark.sources.layouts import reader_of
from cdp_spark.sources.reading import DEFAULT_READING

Read = Callable[..., Any]


def test_an_element_is_its_own_text_numbers_and_double_keys_included(tmp_path: Path) -> None:
    file = tmp_path / "a"
    digits = "9" * 5000
    file.write_text(
        '\ufeff [ {"n" : 0.10, "big": 12345678901234567890.123456789,\r\n "a":1,"a":2},\n\t'
        f'{{"s": "a  \\" b\\n", "n": 1E400}} , 7,{digits}, [ ], "x y" ]\n',
        encoding="utf-8",
    )
    found = [
        raw.decode() for _, raw in reader_of("json").records(str(file), DEFAULT_READING, 9_999)
    ]
    assert found == [
        '{"n":0.10,"big":12345678901234567890.123456789,"a":1,"a":2}',
        '{"s":"a  \\" b\\n","n":1E400}',
        "7",
        digits,
        "[]",
        '"x y"',
    ]


def test_one_object_is_one_record_however_it_is_laid_out(read: Read) -> None:
    document = {"a": {"b": [1, 2]}, "c": "ü"}
    assert read("json", json.dumps(document, indent=4).encode()) == [(0, document)]
    assert read(
        "json", json.dumps([document] * 3, indent=1).encode("utf-16"), encoding="utf-16"
    ) == [(number, document) for number in range(3)]


@pytest.mark.parametrize(
    "text", ["[1,2", "[1 2]", "[1,]", "[,1]", "{}{}", "[] []", "[1}", "{'a':1}", "nope", "["*50_000]
)  # fmt: skip
def test_anything_but_one_whole_document_is_rejected(read: Read, text: str) -> None:
    assert read("json", text.encode()) == "unreadable_file"


def test_empty_wrong_and_large_documents_are_rejected(read: Read) -> None:
    assert read("json", b"") == "empty_file"
    assert read("json", b" \n") == "empty_file"
    assert read("json", b"[ ]") == "empty_file"
    assert read("json", b'["\xff"]') == "wrong_encoding"
    assert read("json", b'["' + b"x" * 1001 + b'"]') == "record_too_long"
    assert read("json", b'{"a":' + b" " * 1000 + b"1}") == "record_too_long"  # as it is delivered
    assert read("json", b"[1]" + b" " * 1000, largest_document=1000) == "file_too_large"
