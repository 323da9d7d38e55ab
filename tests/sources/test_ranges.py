import pyarrow as pa

from cdp_spark.sources.files import CHECKED
from cdp_spark.sources.ranges import CUT, Range, checked_ranges, listed_ranges, newest_ends
from cdp_spark.tables.bronze import FILE


def test_a_range_is_parsed_from_its_name() -> None:
    for one in (Range("visits:id-_x/0", "1", "20"), Range("public.orders/id", "-9", "-1")):
        assert Range.of(one.file) == one
    assert Range("visits:id/0", "1", "20").file == "visits:id/0/1..20"
    assert Range.of("a/at/first..2025-01-02T03:04:05.000006").place == "a/at/first"


def test_a_stream_ends_where_its_newest_range_does_but_for_those_to_be_planned_again() -> None:
    rows = [("t:i/0/9..10", 2, None), ("t:i/0/0..9", 1, None), ("t:i/0/10..30", 3, CUT),
            ("t:i/1/0..5", 1, "lost_offsets")]  # fmt: skip
    known = [{"file": file, "batch": batch, "reason": why} for file, batch, why in rows]
    of_file = {"file": "a/b..c", "batch": 9, "sha256": "s"}
    found = pa.Table.from_pylist([*known, of_file], schema=FILE.arrow_schema)
    assert newest_ends(found) == {"t:i/0": "10", "t:i/1": "5"}
    assert newest_ends(FILE.arrow_schema.empty_table()) == {}


def test_ranges_are_listed_and_checked_in_the_columns_of_files() -> None:
    one, other = Range("t:i/0", "0", "9"), Range("t:i/1", "0", "9")
    checked = checked_ranges(listed_ranges([one, other]), {other.file: CUT})
    assert checked.schema == CHECKED
    reasons = {row["file"]: row["reason"] for row in checked.to_pylist()}
    assert reasons == {one.file: None, other.file: CUT}
