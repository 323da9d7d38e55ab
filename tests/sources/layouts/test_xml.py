import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Read = Callable[..., Any]

# Lines of a till: attributes, nested parts, a part that is repeated, a namespace, dirt.
_LINES = """<?xml version="1.0" encoding="windows-1254"?>
<t:till xmlns:t="urn:till"><head><line-count>3</line-count></head>
 <t:line no="1"><sku>A&amp;1</sku><price currency="TRY">12.50</price>
   <buyer><card>C7</card><name>Şule</name></buyer><tag>x</tag><tag>y</tag><!-- no --></t:line>
 <t:line no="2"><sku/><sku> B </sku></t:line>
 <t:line>only text</t:line><t:line/>
</t:till>"""


def test_lines_of_a_till(read: Read) -> None:
    rows = [
        (0, {
            "buyer": {"card": "C7", "name": "Şule"},
            "no": "1",
            "price": {"currency": "TRY", "text": "12.50"},
            "sku": "A&1",
            "tag": ["x", "y"],
        }),
        (1, {"no": "2", "sku": [None, "B"]}),
        (2, {"text": "only text"}),
        (3, {"text": None}),
    ]  # fmt: skip
    stored = _LINES.encode("windows-1254")
    assert read("xml", stored, row_tag="line") == rows
    assert read("xml", gzip.compress(stored), "a.gz", row_tag="line") == rows
    assert (
        read("xml", _LINES.replace("windows-1254", "utf-16").encode("utf-16"), row_tag="line")
        == rows
    )


def test_a_document_type_is_rejected_before_its_entities_are_used(
    read: Read, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(12)
    )
    bodies = {
        "internal": f"<!DOCTYPE a [{laughs}]><a><r>&l11;</r></a>",
        "laughing": f'<!DOCTYPE a [{laughs}]><a x="&l11;"><r/></a>',
        "attribute": f'<!DOCTYPE a [{laughs}]><a x="&l3;"><r/></a>',
        "external": f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{secret}">]><a><r>&e;</r></a>',
        "dtd": '<!DOCTYPE a SYSTEM "http://localhost:1/a.dtd"><a><r/></a>',
        "plain": "<!DOCTYPE a><a><r>1</r></a>",
    }
    found = {name: read("xml", body.encode(), row_tag="r") for name, body in bodies.items()}
    # What grows without bound stops the parser itself before its first element.
    grown = {"internal": "unreadable_file", "laughing": "unreadable_file"}
    assert found == dict.fromkeys(bodies, "has_doctype") | grown
    assert read("xml", b"<a><r>&undeclared;</r></a>", row_tag="r") == "unreadable_file"


@pytest.mark.parametrize("cut", [3, 30, 300])
def test_a_truncated_file_is_rejected(read: Read, cut: int) -> None:
    stored = _LINES.encode("windows-1254")
    assert read("xml", stored[:-cut], row_tag="line") == "unreadable_file"
    assert (
        read("xml", gzip.compress(stored)[: -(cut % 100) - 5], "a.gz", row_tag="line")
        == "broken_archive"
    )


def test_wrong_bytes_endless_rows_and_files_without_rows_are_rejected(read: Read) -> None:
    assert read("xml", b"<a><r>\xff</r></a>", row_tag="r") == "unreadable_file"
    assert read("xml", b"<a><r>" + b"<x>1</x>" * 90_000 + b"</r></a>", row_tag="r") == (
        "record_too_long"
    )
    assert read("xml", b"<a><r>" + b"x" * 2000 + b"</r></a>", row_tag="r") == "record_too_long"
    assert read("xml", b"<a><r/></a>", row_tag="line") == "empty_file"
    assert read("xml", b"", row_tag="r") == "empty_file"
    assert read("xml", b"no xml", row_tag="r") == "unreadable_file"
