"""Settings of a broker's clients; what it answers is tried by tests/jobs/test_ingest_kafka.py."""

import pytest

from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.offsets import Topic, client_options
from cdp_spark.sources.settings import KafkaSettings

_JAAS = 'ScramLoginModule required username="u" password="${env:CDP_BROKER}";'
_SETTINGS = KafkaSettings(servers="h:9092", topic="visits", options={"sasl.jaas.config": _JAAS})


def test_clients_get_the_secrets_that_settings_refer_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_BROKER", "hunter2!")
    assert client_options(_SETTINGS) == {
        "bootstrap.servers": "h:9092",
        "sasl.jaas.config": _JAAS.replace("${env:CDP_BROKER}", "hunter2!"),
    }


def test_a_missing_secret_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDP_BROKER", raising=False)
    with pytest.raises(SourceUnreadable, match=r"topic visits: \$\{env:CDP_BROKER\}: not set"):
        client_options(_SETTINGS)


def test_a_partition_is_identified_by_the_topics_id() -> None:
    assert Topic("visits", "a", {}).stream(3) == "visits:a/3" != Topic("visits", "b", {}).stream(3)
