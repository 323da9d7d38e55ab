"""ingest_events from a real broker: committed messages reach bronze once, or the run fails."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.launch import SOURCE_UNREADABLE, exit_code
from cdp_spark.settings import load
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.connectors.kafka import Kafka
from cdp_spark.sources.offsets import topic_of
from cdp_spark.sources.settings import KafkaSettings, SourceSettings, SourcesSettings
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.silver import EVENT, REJECTED
from jobs import ingest_events, refine_events
from tests.conftest import PROJECT
from tests.jobs.broker import Broker, running_broker

Opened = Callable[..., Lake]
_NUMBERS = count()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture
def topic(broker: Broker) -> str:
    """A topic of the test's own, of two partitions."""
    name = f"visits.{next(_NUMBERS)}"
    broker.create(name, 2)
    return name


def _settings(broker: Broker, topic: str, **kafka: Any) -> SourcesSettings:
    reached = KafkaSettings(servers=broker.servers, topic=topic, **kafka)
    source = SourceSettings(name="stream", format="segment", kafka=reached)
    return SourcesSettings(entries=(source,))


def _taken(lake: Lake) -> list[tuple[int, int, bytes]]:
    """(partition, offset, bytes) of every record."""
    rows = lake.read(RECORD).select("record_id", "file", "position", "raw").collect()
    assert len({row["record_id"] for row in rows}) == len(rows)
    return sorted((_partition(row["file"]), row["position"], bytes(row["raw"])) for row in rows)


def _partition(file: str) -> int:
    return int(file.split("/")[1])


def _ranges(lake: Lake) -> list[tuple[int, str, int, str | None]]:
    """(batch, PARTITION/START..END, records, why rejected) of every range."""
    rows = lake.read(FILE).select("batch", "file", "record_count", "reason").collect()
    return sorted(
        (row["batch"], row["file"].split("/", 1)[1], row["record_count"], row["reason"])
        for row in rows
    )


def test_each_run_takes_what_is_new_in_every_partition_and_again_nothing(
    broker: Broker, topic: str, open_lake: Opened
) -> None:
    settings = _settings(broker, topic)
    body = b'{"batch":["a","b"],"writeKey":"secret"}'
    broker.send(topic, (0, body), (1, b"b"), (1, b"c"))
    ingest_events.run(open_lake(), settings)
    first = [(0, 0, b'"a"'), (0, 0, b'"b"'), (1, 0, b"b"), (1, 1, b"c")]
    assert _taken(open_lake()) == first
    assert open_lake().read(RECORD).where("delivered_at IS NULL").isEmpty()

    # A transaction's end takes an offset, too, so the range is wider than its records.
    broker.send(topic, (1, b"d"), (1, None), transaction="t")
    ingest_events.run(open_lake(), settings)
    assert _taken(open_lake()) == [*first, (1, 2, b"d"), (1, 3, b"")]
    ranges = [(1, "0/0..1", 2, None), (1, "1/0..2", 2, None), (2, "1/2..5", 2, None)]
    assert _ranges(open_lake()) == ranges

    again = open_lake()
    ingest_events.run(again, settings)
    assert (again.ledger.writes, _ranges(open_lake())) == ({}, ranges)


class DyingLake(Lake):
    """A lake that ends the run before the records of a batch are appended."""

    def append_once(self, *_: Any, **__: Any) -> None:
        raise KeyboardInterrupt


def test_a_killed_run_is_finished_with_its_own_range_and_batches_keep_their_bound(
    spark: SparkSession, broker: Broker, topic: str, open_lake: Opened
) -> None:
    settings = _settings(broker, topic, most_records=3)
    sent = [(one % 2, b"%d" % one) for one in range(5)]
    broker.send(topic, *sent[:2])
    lake = open_lake()
    with pytest.raises(KeyboardInterrupt):
        ingest_events.run(DyingLake(spark, lake.root, lake.run), settings)
    begun = [(1, "0/0..1", 1, None), (1, "1/0..1", 1, None)]
    assert (_ranges(open_lake()), open_lake().read(RECORD).count()) == (begun, 0)

    broker.send(topic, *sent[2:], (0, b"5"), (0, b"6"))
    ingest_events.run(open_lake(), settings)
    wanted = [(0, place, raw) for place, raw in enumerate([b"0", b"2", b"4", b"5", b"6"])]
    assert _taken(open_lake()) == [*wanted, (1, 0, b"1"), (1, 1, b"3")]
    later = [(2, "0/1..2", 1, None), (2, "1/1..2", 1, None), (3, "0/2..5", 3, None)]
    assert _ranges(open_lake()) == begun + later


@pytest.mark.fault("D18", "a recreated topic stops the source with an error; the gap is recorded")
def test_a_recreated_topic_stops_the_source_until_it_is_released(
    broker: Broker, topic: str, open_lake: Opened
) -> None:
    broker.send(topic, (0, b"a"), (0, b"b"))
    ingest_events.run(open_lake(), _settings(broker, topic))
    broker.delete(topic)
    with pytest.raises(SourceUnreadable, match=f"topic {topic} at {broker.servers}: UnknownTopic"):
        ingest_events.run(open_lake(), _settings(broker, topic))
    broker.create(topic, 1)
    broker.send(topic, (0, b"c"), (0, b"d"), (0, b"e"))
    with pytest.raises(SourceUnreadable) as stopped:
        ingest_events.run(open_lake(), _settings(broker, topic))
    assert exit_code(stopped.value) == SOURCE_UNREADABLE
    message = str(stopped.value)
    assert "partition 0: expected offset 2 next, found a new topic of the same name" in message
    assert "offsets 0 to 3; records are lost" in message
    assert len(_taken(open_lake())) == 2

    place = message.split("'")[1]
    ingest_events.run(open_lake(), _settings(broker, topic, accept_gaps=(place,)))
    lost = [(2, "0/2..end", 0, "lost_offsets"), (3, "0/0..3", 3, None)]
    assert _ranges(open_lake())[1:] == lost
    assert sorted(raw for *_, raw in _taken(open_lake())) == [b"a", b"b", b"c", b"d", b"e"]


def test_expired_offsets_are_reported_and_a_started_batch_drops_its_own(
    spark: SparkSession, broker: Broker, topic: str, open_lake: Opened
) -> None:
    broker.send(topic, *[(0, b"%d" % one) for one in range(4)])
    lake = open_lake()
    with pytest.raises(KeyboardInterrupt):
        ingest_events.run(DyingLake(spark, lake.root, lake.run), _settings(broker, topic))
    broker.expire(topic, 0, before=3)
    with pytest.raises(
        SourceUnreadable, match="expected offset 0 next, found offsets 3 to 4"
    ) as at:
        ingest_events.run(open_lake(), _settings(broker, topic))
    accepted = _settings(broker, topic, accept_gaps=(str(at.value).split("'")[1],))
    ingest_events.run(open_lake(), accepted)
    assert _taken(open_lake()) == [(0, 3, b"3")]
    assert _ranges(open_lake()) == [(1, "0/0..4", 0, "cut_offsets"), (2, "0/3..4", 1, None)]


def test_the_first_run_may_begin_with_what_comes_after_it(
    broker: Broker, topic: str, open_lake: Opened
) -> None:
    settings = _settings(broker, topic, starting="latest")
    broker.send(topic, (0, b"before"))
    ingest_events.run(open_lake(), settings)
    assert _ranges(open_lake()) == [(1, "0/1..1", 0, None), (1, "1/0..0", 0, None)]
    broker.send(topic, (0, b"after"), (1, b"too"))
    ingest_events.run(open_lake(), settings)
    assert _taken(open_lake()) == [(0, 1, b"after"), (1, 0, b"too")]


def test_a_poison_message_is_rejected_and_its_neighbours_become_events(
    broker: Broker, topic: str, open_lake: Opened
) -> None:
    seen = {"type": "page", "timestamp": "2025-01-02T03:04:05Z", "anonymousId": "a"}
    good = [json.dumps(seen | {"messageId": f"m{one}"}).encode() for one in range(2)]
    broker.send(topic, (0, good[0]), (0, b"\xff\x00{"), (0, None), (0, good[1]))
    sources = _settings(broker, topic)
    ingest_events.run(open_lake("ingest_events"), sources)
    settings = load(PROJECT / "conf").model_copy(update={"sources": sources})
    refine_events.run(open_lake("refine_events"), settings)
    events = open_lake().read(EVENT).select("event_id").collect()
    assert sorted(row["event_id"] for row in events) == ["m0", "m1"]
    rejected = open_lake().read(REJECTED).select("reason").collect()
    assert sorted(row["reason"] for row in rejected) == ["not_json", "not_utf8"]


def test_a_secret_of_the_brokers_clients_is_in_no_plan(
    spark: SparkSession, broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_BROKER_SECRET", "pw-b7c1f0e2")
    options = {"sasl.jaas.config": 'a.Module required password="${env:CDP_BROKER_SECRET}";'}
    settings = KafkaSettings(servers=broker.servers, topic=topic, options=options)
    broker.send(topic, (0, b"a"))
    file = f"{topic_of(spark, settings).stream(0)}/0..1"
    files = pa.table({"file_id": ["f"], "file": [file]})
    found = Kafka(spark, "stream", settings).records(files)
    assert "pw-b7c1f0e2" not in found._jdf.queryExecution().toString()  # noqa: SLF001 - as logged
    assert [bytes(row["raw"]) for row in found.collect()] == [b"a"]


def test_a_broker_that_does_not_answer_is_one_clear_error(open_lake: Opened) -> None:
    patience = {"default.api.timeout.ms": "300", "request.timeout.ms": "200"}
    unreachable = KafkaSettings(servers="127.0.0.1:9", topic="visits", options=patience)
    source = SourceSettings(name="stream", format="segment", kafka=unreachable)
    with pytest.raises(SourceUnreadable, match=r"kafka topic visits at 127.0.0.1:9: Timeout"):
        ingest_events.run(open_lake(), SourcesSettings(entries=(source,)))
