"""A Kafka broker of the tests' own: one JVM in KRaft mode on the loopback."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark
from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from cdp_spark.lake.jars import FOLDER, fetch
from tests.conftest import PROJECT

# One node that is broker and controller; groups and transactions keep one copy.
_PROPERTIES = """
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{control}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{control}
log.dirs={folder}/logs
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
log.cleaner.enable=false
"""
_JVM = ("-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_CLUSTER = "AAAAAAAAAAAAAAAAAAAAAA"
_SECONDS = 60.0
Message = tuple[int, bytes | None]


@dataclass(frozen=True)
class Broker:
    """A running broker, and what fills it."""

    servers: str

    def _client(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.servers, "log_level": 0})

    def wait(self) -> None:
        """Come back when it answers."""
        admin, deadline = self._client(), time.monotonic() + _SECONDS
        while True:
            try:
                admin.list_topics(timeout=1)
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def create(self, topic: str, partitions: int = 1) -> None:
        """Make a topic; one of a name just deleted as soon as that is gone."""
        admin = self._client()
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                made = admin.create_topics([NewTopic(topic, partitions, 1)])
                made[topic].result(_SECONDS)
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def delete(self, topic: str) -> None:
        """Delete a topic."""
        admin = self._client()
        admin.delete_topics([topic])[topic].result(_SECONDS)

    def expire(self, topic: str, partition: int, *, before: int) -> None:
        """Drop the messages before an offset, as retention does."""
        admin, place = self._client(), TopicPartition(topic, partition, before)
        admin.delete_records([place])[place].result(_SECONDS)

    def send(self, topic: str, *messages: Message, transaction: str = "") -> None:
        """Append messages, each to its partition; in a transaction if that is named."""
        extra = {"transactional.id": transaction} if transaction else {}
        given = {"bootstrap.servers": self.servers, "linger.ms": 0, "log_level": 0}
        producer = Producer(given | extra)
        if transaction:
            producer.init_transactions(_SECONDS)
            producer.begin_transaction()
        for partition, value in messages:
            producer.produce(topic, value, partition=partition)
        if transaction:
            producer.commit_transaction(_SECONDS)
        assert producer.flush(_SECONDS) == 0


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """A broker that lives as long as the block does."""
    port, control = free_port(), free_port()
    file = folder / "server.properties"
    file.write_text(_PROPERTIES.format(port=port, control=control, folder=folder))
    spark_jars = Path(pyspark.__file__).parent / "jars"
    # Spark's resolver leaves out what Spark itself ships.
    jars = [
        *fetch(PROJECT / "tests" / "kafka.lock", PROJECT / FOLDER / "kafka"),
        *spark_jars.glob("scala-library-*.jar"),
    ]
    java = ["java", *_JVM, "-cp", ":".join(map(str, jars))]
    formatted = [*java, "kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(file)]
    subprocess.run(formatted, check=True, capture_output=True)  # noqa: S603 - locked jars
    with (folder / "broker.log").open("wb") as log:
        line = [*java, "kafka.Kafka", str(file)]
        process = subprocess.Popen(line, stdout=log, stderr=log)  # noqa: S603 - locked jars
    broker = Broker(f"127.0.0.1:{port}")
    try:
        broker.wait()
        yield broker
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port without a listener."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
