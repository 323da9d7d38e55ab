from collections.abc import Callable
from typing import Any

Read = Callable[..., Any]


def test_a_file_is_one_record_of_its_bytes(read: Read) -> None:
    assert read("document", b"\xff\x00pdf\r\n\n") == [(0, b"\xff\x00pdf\r\n\n")]
    assert read("document", b"\x1f\x8b", "a.gz") == [(0, b"\x1f\x8b")]


def test_empty_long_and_wrongly_encoded_files_are_rejected(read: Read) -> None:
    assert read("document", b"") == "empty_file"
    assert read("document", b"x" * 1001) == "record_too_long"
    assert read("document", b"x" * 1000) == [(0, b"x" * 1000)]
    assert read("document", b"\xff", encoding="utf-8") == "wrong_encoding"
    assert read("document", "ş".encode(), encoding="utf-8") == [(0, "ş".encode())]
