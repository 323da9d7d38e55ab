from collections.abc import Iterator

from cdp_spark.sources.splits import Split, split_elements, split_lines


def _letters(raw: bytes) -> Iterator[bytes]:
    yield from (raw[place : place + 1] for place in range(len(raw)))


_LETTERS = Split((b"+", b"-"), _letters, len)
_RECORDS = [(0, b"abc"), (4, b"a+b"), (8, b"-")]


def test_only_records_with_a_marker_are_split_and_the_parts_count_on_from_the_offset() -> None:
    found = [*split_lines(iter(_RECORDS), _LETTERS)]
    assert found == [(0, b"abc"), (4, b"a"), (5, b"+"), (6, b"b"), (8, b"-")]
    assert [_LETTERS.count(raw) for _, raw in _RECORDS] == [1, 3, 1]
    assert _LETTERS.may_apply(b"a\n-")
    assert not _LETTERS.may_apply(b"a")


def test_records_of_documents_are_numbered_after_they_are_split() -> None:
    records = [(number, raw) for number, (_, raw) in enumerate(_RECORDS)]
    assert [number for number, _ in split_elements(iter(records), _LETTERS)] == [0, 1, 2, 3, 4]


def test_without_a_split_records_stay_as_they_are() -> None:
    assert [*split_lines(iter(_RECORDS), None)] == _RECORDS
    assert [*split_elements(iter(_RECORDS), None)] == _RECORDS
