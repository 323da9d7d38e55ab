"""Which offsets a Kafka topic holds: the one place that speaks to a broker itself.

By the client that Spark's own source brings along, in the driver's JVM.
https://kafka.apache.org/39/javadoc/org/apache/kafka/clients/admin/Admin.html
"""

from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.settings import KafkaSettings
from cdp_spark.terms.secrets import SecretMissing, revealed, without

_PATIENCE = {"default.api.timeout.ms": "30000", "request.timeout.ms": "15000"}


@dataclass(frozen=True)
class Topic:
    """A topic as it is now: its id, and partition → first offset kept and the one to come next.

    The id is another one when a topic was deleted and made anew under its name.
    """

    name: str
    id: str
    offsets: dict[int, tuple[int, int]]

    def stream(self, partition: int) -> str:
        """The name of a partition's records within a source."""
        return f"{self.name}:{self.id}/{partition}"


def client_options(settings: KafkaSettings) -> dict[str, str]:
    """The settings of every client of the brokers, secrets in the clear.

    Raises:
        SourceUnreadable: a secret they refer to is missing.
    """
    try:
        options = {name: revealed(value) for name, value in settings.options.items()}
    except SecretMissing as missing:
        raise SourceUnreadable(f"kafka topic {settings.topic}: {missing}") from missing
    return options | {"bootstrap.servers": settings.servers}


def topic_of(spark: SparkSession, settings: KafkaSettings) -> Topic:
    """The topic, with offsets up to the first transaction that is still open.

    Raises:
        SourceUnreadable: there is no such topic, or the brokers do not answer or let us in.
    """
    options = _PATIENCE | client_options(settings)
    jvm: Any = spark._jvm  # noqa: SLF001 - the JVM has no public door
    properties = jvm.java.util.Properties()
    for name, value in options.items():
        properties.setProperty(name, value)
    try:
        admin = jvm.org.apache.kafka.clients.admin.Admin.create(properties)
        try:
            return _described(jvm, admin, settings.topic)
        finally:
            admin.close()
    except Py4JJavaError as fault:
        secrets = [options[name] for name in settings.options]
        why = without(_said(fault), *secrets)
        at = f"kafka topic {settings.topic} at {settings.servers}"
        raise SourceUnreadable(f"{at}: {why}") from None  # the cause may hold a secret


def _described(jvm: Any, admin: Any, name: str) -> Topic:
    names = jvm.java.util.Collections.singletonList(name)
    found = admin.describeTopics(names).allTopicNames().get()[name]
    partitions = sorted(one.partition() for one in found.partitions())
    spec = jvm.org.apache.kafka.clients.admin.OffsetSpec
    first, following = (
        _offsets(jvm, admin, {jvm.org.apache.kafka.common.TopicPartition(name, one): at
                              for one in partitions})
        for at in (spec.earliest(), spec.latest())
    )  # fmt: skip
    offsets = {one: (first[one], following[one]) for one in partitions}
    return Topic(name, str(found.topicId().toString()), offsets)


def _offsets(jvm: Any, admin: Any, asked: dict[Any, Any]) -> dict[int, int]:
    wanted = jvm.java.util.HashMap()
    for partition, spec in asked.items():
        wanted[partition] = spec
    committed = jvm.org.apache.kafka.common.IsolationLevel.READ_COMMITTED
    options = jvm.org.apache.kafka.clients.admin.ListOffsetsOptions(committed)
    found = admin.listOffsets(wanted, options).all().get()
    return {one.partition(): int(found[one].offset()) for one in asked}


def _said(fault: Py4JJavaError) -> str:
    cause = fault.java_exception
    while cause.getCause() is not None:
        cause = cause.getCause()
    return f"{cause.getClass().getSimpleName()}: {cause.getMessage()}"
