from typing import Any

import pytest

from cdp_spark.sources.inference.dialect import sniffed_table


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("id,at\n1,2026\n", {}),
        ("sep=;\nid;at\n1;2,5\n", {"delimiter": ";"}),
        ("Report, all\n\nid;at;x\n1;2;3\n4;5;6\n", {"delimiter": ";", "header_row": 3}),
        ("id;at\n1;2;\n3;4;\n", {"delimiter": ";", "trailing_delimiter": True}),
        ('id|note\n1|"a\nb"\n2|c\n', {"delimiter": "|"}),
        (
            "7\ta@b.org\n8\tc@d.org\n",
            {"delimiter": "\t", "header": False, "names": ("column_1", "column_2")},
        ),
    ],
)
def test_the_dialect_of_a_table_is_found(text: str, options: dict[str, Any]) -> None:
    found = sniffed_table(text)
    assert found is not None
    assert found.options == options


@pytest.mark.parametrize("text", ["", "one line of words", "a\nb\nc\n"])
def test_text_that_is_no_table(text: str) -> None:
    assert sniffed_table(text) is None


def test_a_first_column_without_a_name_or_without_any_value_leaves_the_header() -> None:
    of_pandas = sniffed_table(",order_no,email,total\n0,A0,u0@x.id,0.50\n1,A1,u1@x.id,1.50\n")
    empty = sniffed_table(",order_no,email\n,A0,u0@x.id\n,A1,u1@x.id\n")
    assert of_pandas is not None
    assert empty is not None
    assert of_pandas.options == empty.options == {}
    no_header = sniffed_table(",5,u0@x.id\n,6,u1@x.id\n")
    assert no_header is not None
    assert no_header.options["header"] is False
