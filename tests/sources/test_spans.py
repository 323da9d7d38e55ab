import json
import random
from collections.abc import Generator
from typing import Any

import pytest

from cdp_spark.sources import spans
from cdp_spark.sources.spans import Unbalanced, after_blanks, elements, fields_of, members


def _listed(text: str) -> list[str]:
    return [text[start:end] for start, end in elements(text, 0)]


def _ended(walk: Generator[Any, None, int]) -> int:
    while True:
        try:
            next(walk)
        except StopIteration as stop:
            return int(stop.value)


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(8 if depth else 6)
    match kind:
        case 0:
            return chance.choice([None, True, False])
        case 1:
            return chance.choice([0, -1.5e300, 10**30])
        case 2 | 3 | 4 | 5:
            return "".join(chance.choices('a"\\,:[]{} \n\té😀', k=chance.randrange(6)))
        case 6:
            return [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
        case _:
            size = range(chance.randrange(4))
            return {f"{place}{_value(chance, 0)}": _value(chance, depth - 1) for place in size}


@pytest.mark.parametrize("finder", ["decoder", "brackets"])
def test_parts_of_any_json_are_found_with_and_without_the_decoder(
    monkeypatch: pytest.MonkeyPatch, finder: str
) -> None:
    if finder == "brackets":
        monkeypatch.setattr(spans, "_json_value", lambda *_: (0, 0))
    chance = random.Random(7)  # noqa: S311 - the same values in each run
    for number in range(300):
        values = [_value(chance, 3) for _ in range(chance.randrange(5))]
        named = {f'k{place}"\\': value for place, value in enumerate(values)}
        indent, is_ascii = (None, 1)[number % 2], number % 3 == 0
        listed = json.dumps(values, indent=indent, ensure_ascii=is_ascii)
        assert [json.loads(part) for part in _listed(listed)] == values
        assert _ended(elements(listed + " rest", 0)) == len(listed)
        whole = f" {json.dumps(named, indent=indent, ensure_ascii=is_ascii)}\r\n"
        found = fields_of(whole)
        assert [json.loads(f'"{name}"') for name in found] == list(named)
        assert [json.loads(whole[start:end]) for start, end in found.values()] == values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[{"a":1},{bad},7,oops x , {"b":"]}"}]',
            ['{"a":1}', "{bad}", "7", "oops x", '{"b":"]}"}'],
        ),
        ('[1x,{"a":"\n"},[1}]', ["1x", '{"a":"\n"}', "[1}"]),
        ('[{"a":1},]', ['{"a":1}', ""]),
        ("[ ]", []),
        ("[" + "[" * 5000 + "]" * 5000 + ",2]", ["[" * 5000 + "]" * 5000, "2"]),
    ],
)
def test_a_part_that_is_no_json_costs_no_other(text: str, expected: list[str]) -> None:
    assert _listed(text) == expected


@pytest.mark.parametrize("text", ["[1", "[1}", '["a]', "[[1]", "[", '["a\\"]'])
def test_a_list_without_end_is_unbalanced(text: str) -> None:
    with pytest.raises(Unbalanced):
        _listed(text)


@pytest.mark.parametrize(
    "text", ['{"a":1} x', '{"a":1,"a":2}', "{a:1}", '{"a":1', "[1]", "", '{"a":1,}', '{"a":1]']
)
def test_a_text_that_is_not_one_object_has_no_fields(text: str) -> None:
    with pytest.raises(Unbalanced):
        fields_of(text)


def test_members_are_found_at_a_place_and_blanks_skipped() -> None:
    text = '\ufeff {"a" :\t[1] , "b":{"c":2} }'
    place = after_blanks(text, 1)
    assert [(name, text[a:b]) for name, a, b in members(text, place)] == [
        ("a", "[1]"),
        ("b", '{"c":2}'),
    ]
    assert list(fields_of(text)) == ["a", "b"]
    assert after_blanks("a  ", 1) == 3


def test_time_grows_with_the_text_only() -> None:
    """Each error of the decoder counts the lines before it: with 100,000 that takes minutes."""
    text = f"[{','.join(['{bad}' + 'x' * 100] * 100_000)}]"
    assert len(_listed(text)) == 100_000
    assert _listed('["' + '\\"' * 1_000_000 + '"]') == ['"' + '\\"' * 1_000_000 + '"']
    with pytest.raises(Unbalanced):
        _listed('["' + '\\"' * 1_000_000)
