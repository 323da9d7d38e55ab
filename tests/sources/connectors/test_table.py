"""How ranges are planned; a database is tried by tests/jobs/test_ingest_jdbc.py."""

from itertools import pairwise

import pytest

from cdp_spark.sources.connectors.table import range_ends

_CURSORS = [1, 2, 2, 2, 2, 3, 50, 51, 99, 1_000_000]


def _count(start: int, end: int) -> int:
    return sum(start < cursor <= end for cursor in _CURSORS)


@pytest.mark.parametrize("most", [1, 3, 4, 9, 10])
def test_ranges_cover_all_rows_once_and_keep_their_bound_but_for_one_cursor(most: int) -> None:
    ends = [0, *range_ends((0, 1_000_000), len(_CURSORS), most, _count)]
    counts = [_count(start, end) for start, end in pairwise(ends)]
    assert sum(counts) == len(_CURSORS)
    assert all(counts)
    assert [one for one in counts if one > most] == ([4] if most < 4 else [])
