from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources import known_formats
from cdp_spark.sources.parsed import PARSED
from cdp_spark.sources.parsers import parsers_of
from cdp_spark.sources.settings import KafkaSettings, SourceSettings, SourcesSettings
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.sample import sample

_TABLES = ("csv", "fixed", "excel", "xml", "parquet", "avro", "orc")


def test_every_format_parses_into_the_same_columns(spark: SparkSession) -> None:
    common = {"columns": {"event_id": "id"}}
    topic = KafkaSettings(servers="broker:9092", topic="events")
    sources = [
        SourceSettings.model_validate({"name": name, "format": name, **way, **common})
        for name in sorted(known_formats())
        for way in [{"kafka": topic} if name == "table" else {"path": name}]
    ]
    given = sample(spark, RECORD, {"raw": b'{"id": "a"}'})
    body = F.parse_json(F.concat(F.lit("["), F.col("raw").cast("string"), F.lit("]")))
    records = given.withColumn("body", body)
    parsers = parsers_of(SourcesSettings(entries=tuple(sources)))
    assert list(parsers) == sorted(known_formats())
    for parser in parsers.values():
        rows = parser.parsed(records)
        assert rows.columns == [*RECORD.columns, "body", *PARSED]
        kinds = {one.name: one.dataType.simpleString() for one in rows.schema}
        assert {name: kinds[name] for name in PARSED} == PARSED
    assert parsers["csv"].parsed(records).collect()[0]["event_id"] == "a"
    assert parsers["segment"].parsed(records).collect()[0]["reason"] == "missing_id"


def test_sources_with_equal_parsing_settings_share_a_parser() -> None:
    common: dict[str, Any] = {"format": "csv", "columns": {"event_id": "id"}}
    sources = [
        SourceSettings(name="one", path="a", **common),
        SourceSettings(name="two", path="b", trust=9, **common),
        SourceSettings(name="other", path="a", event="Sale", **common),
    ]
    parsers = parsers_of(SourcesSettings(entries=tuple(sources)))
    assert parsers["one"] is parsers["two"]
    assert parsers["one"] is not parsers["other"]


def test_a_format_defines_its_layout_and_body() -> None:
    """Others may be there: of these it is known."""
    known = {name: (form.layout, form.body) for name, form in known_formats().items()}
    expected = {
        "segment": ("lines", "json"),
        "json": ("lines", "json"),
        "json_document": ("json", "json"),
        "document": ("document", "bytes"),
        **{name: (name, "json") for name in _TABLES},
    }
    assert known | expected == known
