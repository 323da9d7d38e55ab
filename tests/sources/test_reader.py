import pytest

from cdp_spark.sources.reader import FileRejected, Reader, checked_record_count
from cdp_spark.sources.reading import DEFAULT_READING


def test_records_are_counted_until_one_is_too_long() -> None:
    records = [(0, b"12"), (3, b"123")]
    assert checked_record_count(records, 3) == 2
    with pytest.raises(FileRejected, match="record_too_long"):
        checked_record_count(records, 2)


def test_a_layout_that_can_count_builds_no_records() -> None:
    reader = Reader(records=lambda *_: iter(()), count=lambda *_: 7)
    assert reader.checked_count("a", DEFAULT_READING, 1) == 7
    assert Reader(records=lambda *_: iter([(0, b"1")])).checked_count("a", DEFAULT_READING, 1) == 1
