"""The offsets of a Kafka topic: the only module that connects to a broker directly.

It uses the client that comes with Spark's Kafka source, in the driver's JVM.
https://kafka.apache.org/39/javadoc/org/apache/kafka/clients/admin/Admin.html
"""

from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from cdp_spark.semantics.secrets import SecretMissing, revealed, without
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.settings import KafkaSettings

_TIMEOUTS = {"default.api.timeout.ms": "30000", "request.timeout.ms": "15000"}


@dataclass(frozen=True)
class Topic:
    """A topic as it is now: its id, and partition → first available offset and next offset.

    A topic that is deleted and created again under the same name has another id.
    """

    name: str
    id: str
    offsets: dict[int, tuple[int, int]]

    def stream(self, partition: int) -> str:
        """The name of a partition's records within a source."""
        return f"{self.name}:{self.id}/{partition}"


def client_options(settings: KafkaSettings) -> dict[str, str]:
    """The options of every Kafka client, with secrets in plain text.

    Raises:
        SourceUnreadable: a referenced secret is missing.
    """
    try:
        options = {name: revealed(value) for name, value in settings.options.items()}
    except SecretMissing as missing:
        raise SourceUnreadable(f"kafka topic {settings.topic}: {missing}") from missing
    return options | {"bootstrap.servers": settings.servers}


def topic_of(spark: SparkSession, settings: KafkaSettings) -> Topic:
    """The topic, with offsets up to the first open transaction.

    Raises:
        SourceUnreadable: there is no such topic, or the brokers do not answer or deny access.
    """
    options = _TIMEOUTS | client_options(settings)
    jvm: Any = spark._jvm  # noqa: SLF001 - the JVM has no public API
    properties = jvm.java.util.Properties()
    for name, value in options.items():
        properties.setProperty(name, value)
    try:
        admin = jvm.org.apache.kafka.clients.admin.Admin.create(properties)
        try:
            return _described(jvm, admin, settings.topic)
        finally:
            admin.close()
    except Py4JJavaError as error:
        secrets = [options[name] for name in settings.options]
        why = without(_root_cause(error), *secrets)
        at = f"kafka topic {settings.topic} at {settings.servers}"
        raise SourceUnreadable(f"{at}: {why}") from None  # the cause may contain a secret


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


def _offsets(jvm: Any, admin: Any, specs: dict[Any, Any]) -> dict[int, int]:
    requests = jvm.java.util.HashMap()
    for partition, spec in specs.items():
        requests[partition] = spec
    committed = jvm.org.apache.kafka.common.IsolationLevel.READ_COMMITTED
    options = jvm.org.apache.kafka.clients.admin.ListOffsetsOptions(committed)
    found = admin.listOffsets(requests, options).all().get()
    return {one.partition(): int(found[one].offset()) for one in specs}


def _root_cause(error: Py4JJavaError) -> str:
    cause = error.java_exception
    while cause.getCause() is not None:
        cause = cause.getCause()
    return f"{cause.getClass().getSimpleName()}: {cause.getMessage()}"
