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
