from typing import Any

import pytest
from pydantic import ValidationError

from cdp_spark.sources.settings import KafkaSettings, SourceSettings, SourcesSettings, TableSettings

_WEB: dict[str, Any] = {"name": "web", "format": "segment", "path": "landing/web"}
_KAFKA: dict[str, Any] = {"servers": "h:9092", "topic": "visits"}
_TABLE: dict[str, Any] = {
    "url": "jdbc:postgresql://h/shop",
    "name": "public.orders",
    "cursor": "updated_at",
    "cursor_kind": "timestamp",
    "keys": ("id",),
    "user": "${env:SHOP_USER}",
    "password": "${file:/run/shop}",
}


def test_a_source_needs_a_name_a_format_and_a_way_it_comes() -> None:
    source = SourceSettings(**_WEB)
    assert (source.trust, source.columns, source.identifiers) == (50, {}, {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Web Shop"}, "pattern"),
        ({"path": ""}, r"exactly one of path, kafka and table, found \[\]"),
        ({"format": "table"}, "rows of a database or a topic"),
        ({"kafka": _KAFKA}, r"found \['path', 'kafka'\]"),
        ({"path": "", "table": _TABLE}, "rows of a database or a topic"),
        ({"trust": 101}, "less than or equal to 100"),
        ({"trust": "50"}, "valid integer"),
        ({"colums": {}}, "not permitted"),
        ({"columns": {"event_idd": "id"}}, r"unknown event fields \['event_idd'\]; known are"),
        ({"columns": {"event_id": "id?"}}, r"can't be read: \['id\?'\]"),
        ({"identifiers": {"email": """it's "so\""""}}, "can't be read"),
        ({"identifiers": {"email": ""}}, "can't be read"),
        ({"reading": {"encodin": "utf-8"}}, "not permitted"),
    ],
)
def test_invalid_settings_are_rejected(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SourceSettings(**_WEB | change)


def test_two_sources_cannot_have_one_name() -> None:
    web = SourceSettings(**_WEB)
    with pytest.raises(ValidationError, match=r"distinct names, found twice: \['web'\]"):
        SourcesSettings(entries=(web, web))
    with pytest.raises(ValidationError, match="at least 1 item"):
        SourcesSettings(entries=())


def test_a_topic_and_a_table_are_ways_to_come() -> None:
    topic = SourceSettings.model_validate(_WEB | {"path": "", "kafka": _KAFKA})
    table = SourceSettings.model_validate(_WEB | {"path": "", "table": _TABLE, "format": "table"})
    assert topic.kafka
    assert (topic.kafka.starting, topic.kafka.most_records) == ("earliest", 10**6)
    assert table.table
    assert (table.table.lag, table.table.zone) == (None, "UTC")


@pytest.mark.parametrize(
    "change",
    [
        {"password": "hunter2!"},
        {"user": "hunter2!"},
        {"url": "jdbc:postgresql://h/shop?password=hunter2!"},
        {"url": "jdbc:postgresql://ann:hunter2!@h/shop"},
        {"url": "jdbc:oracle:thin:ann/hunter2!@h:1521"},
        {"pasword": "hunter2!"},
    ],
)
def test_a_literal_secret_is_rejected_and_not_shown(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as rejected:
        TableSettings(**_TABLE | change)
    assert "hunter2" not in str(rejected.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 'orders"; DROP TABLE orders'}, "pattern"),
        ({"cursor": "id--"}, "pattern"),
        ({"keys": ("id", "a b")}, "found 'a b'"),
        ({"zone": "Atlantis"}, "found 'Atlantis'"),
        ({"url": "jdbc:h2:mem"}, "pattern"),
    ],
)
def test_names_of_a_table_are_names_and_nothing_else(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TableSettings(**_TABLE | change)


def test_options_of_a_topic_hold_no_literal_secret_and_nothing_the_source_sets() -> None:
    fit = {"security.protocol": "SASL_SSL", "sasl.jaas.config": 'x password="${env:P}";'}
    assert KafkaSettings(**_KAFKA, options=fit).options == fit
    with pytest.raises(ValidationError, match=r"expected a reference, \$\{env:NAME\}") as rejected:
        KafkaSettings(**_KAFKA, options={"ssl.key.password": "hunter2!", "group.id": "mine"})
    assert "hunter2" not in str(rejected.value)
    assert "group.id: the source sets this itself" in str(rejected.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"event_id": "derived", "columns": {"event_id": "id"}}, "exclude each other"),
        ({"delivery": "snapshot"}, "key: expected with `delivery: snapshot`"),
        ({"key": ("no",)}, "key: expected with `delivery: snapshot`"),
        ({"events": {"paid": "Order Completed"}}, "with columns.event only"),
    ],
)
def test_settings_of_tables_fit_together(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SourceSettings(name="x", format="csv", path="x", **options)


def test_the_columns_that_settings_name_must_be_in_the_files() -> None:
    source = SourceSettings(
        name="x", format="csv", path="x", columns={"event_id": "id"}, consent={"marketing": "news"},
        identifiers={"email": "mail"}, on_missing_column="warn",
    )  # fmt: skip
    reading = source.file_reading
    assert (reading.mapped, reading.may_miss_columns) == (("id", "mail", "news"), True)
