"""How ranges are planned; brokers are tried by tests/jobs/test_ingest_kafka.py."""

import pytest

from cdp_spark.sources.connectors.kafka import gaps_of, loss_reason, offset_batches
from cdp_spark.sources.offsets import Topic
from cdp_spark.sources.ranges import Range

_TOPIC = Topic("visits", "id", {0: (3, 9), 1: (0, 4)})


@pytest.mark.parametrize(
    ("ends", "gaps"),
    [
        ({}, []),
        ({"visits:id/0": "3", "visits:id/1": "4"}, []),
        ({"visits:id/0": "2"}, ["visits:id/0/2..3"]),
        ({"visits:id/1": "5"}, ["visits:id/1/5..4"]),
        ({"visits:old/0": "7", "visits:old/1": "end"}, ["visits:old/0/7..end"]),
        ({"visits:id/2": "7"}, ["visits:id/2/7..end"]),
    ],
)
def test_between_what_was_to_come_and_what_is_there_is_a_gap(
    ends: dict[str, str], gaps: list[str]
) -> None:
    assert [gap.file for gap in gaps_of(_TOPIC, ends)] == gaps


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("visits:id/0/3..9", None),
        ("visits:id/1/4..4", None),
        ("visits:id/0/0..3", "lost_offsets"),
        ("visits:id/0/2..4", "cut_offsets"),
        ("visits:id/0/9..10", "cut_offsets"),
        ("visits:id/1/5..4", "lost_offsets"),
        ("visits:old/0/3..9", "lost_offsets"),
        ("visits:id/0/3..end", "lost_offsets"),
    ],
)
def test_a_range_is_read_whole_or_lost(file: str, why: str | None) -> None:
    assert loss_reason(_TOPIC, Range.of(file)) == why


@pytest.mark.parametrize("most", [1, 2, 3, 4, 100])
def test_portions_cover_all_offsets_once_and_keep_their_bound(most: int) -> None:
    pending = [(0, 0, 7), (1, 5, 6), (2, 0, 3)]
    portioned = list(offset_batches(pending, most))
    assert all(sum(end - start for _, start, end in parts) <= most for parts in portioned)
    taken = [
        (one, at) for parts in portioned for one, start, end in parts for at in range(start, end)
    ]
    assert sorted(taken) == [(one, at) for one, start, end in pending for at in range(start, end)]
