"""Every layout from its files to parsed rows, as the jobs go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from cdp_spark.bronze.records import records_of
from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.silver.parse import Normalisation, parsed_records
from cdp_spark.sources import known_formats
from cdp_spark.sources.files import checked_files, listed_files
from cdp_spark.sources.parsers import parsers_of
from cdp_spark.sources.records import records_in
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from tests.silver.spellings import spellings
from tests.sources.layouts.samples import FILES, SOURCES

_DAY, _MORNING = "2025-01-02 00:00:00", "2025-01-02 03:04:05"
_DELIVERED = "delivered"


def _checked(spark: SparkSession, source: SourceSettings, folder: Path) -> DataFrame:
    for name, stored in FILES[source.name].items():
        (folder / source.name).mkdir(exist_ok=True)
        (folder / source.name / name).write_bytes(stored)
    listed = listed_files(str(folder / source.name))
    layout = known_formats()[source.format].layout
    checked = checked_files(spark, listed, layout, 5000, source.reading)
    return spark.createDataFrame(checked).withColumn("source", F.lit(source.name))


def _records(files: DataFrame, source: SourceSettings) -> DataFrame:
    mine = files.where((F.col("source") == source.name) & F.col("reason").isNull())
    layout = known_formats()[source.format].layout
    found = records_in(mine.withColumn("file_id", F.col("file")), layout, source.reading)
    found = found.withColumn("record_id", F.concat("file", "position"))
    labels = {"organisation": "own", "region": "any", "format": source.format}
    origin = labels | {"source": source.name}
    return records_of(found, origin, 1, datetime(2025, 1, 3, tzinfo=UTC))


def _values(row: Row) -> tuple[object, ...]:
    at = _DELIVERED if row["is_delivered"] else row["at"]
    named = {one["kind"]: one["value"] for one in row["identifiers"] or []}
    return row["event_id"], at, row["amount"] and str(row["amount"]), named


def test_samples_of_every_layout_become_the_rows_they_tell_of(
    spark: SparkSession, tmp_path: Path
) -> None:
    checks = [_checked(spark, source, tmp_path) for source in SOURCES]
    files = reduce(DataFrame.unionByName, checks).localCheckpoint()
    found = {f"{row['source']}/{row['file']}": row for row in files.collect()}
    rejected = {name: row["reason"] for name, row in found.items() if row["reason"]}
    assert rejected == {
        "iot/empty.jsonl": "empty_file",
        "iot_avro/torn.avro": "unreadable_file",
        "iot_avro/empty.avro": "empty_file",
        "calls/wrong.txt": "wrong_encoding",
        "crm/torn.xlsx": "unreadable_file",
        "crm/empty.xlsx": "empty_file",
        "pos/torn.xml.gz": "broken_archive",
        "pos/torn.xml": "unreadable_file",
        "pos/typed.xml": "has_doctype",
        "tickets/wrong.csv": "wrong_encoding",
        "catalogue/torn.orc": "unreadable_file",
        "export/torn.json": "unreadable_file",
        "letters/empty.txt": "empty_file",
        "letters/long.txt": "record_too_long",
    }

    records = reduce(DataFrame.unionByName, [_records(files, source) for source in SOURCES])
    parsers = parsers_of(SourcesSettings(entries=SOURCES))
    known = spellings("TR")
    known = replace(known, rules=(*known.rules, IdentifierRule(name="device_id", priority=9)))
    parsed = parsed_records(records, parsers, Normalisation(known, timedelta(hours=1))).select(
        *("source", "file", "position", "event_id", "amount", "identifiers", "rejection_reason"),
        F.col("event_at").cast("string").alias("at"),
        F.col("event_at").eqNullSafe(F.col("delivered_at")).alias("is_delivered"),
    )
    rows: dict[str, list[Row]] = {source.name: [] for source in SOURCES}
    for row in sorted(parsed.collect(), key=lambda one: (one["source"], one["position"])):
        rows[row["source"]].append(row)
    counts = {name: row["record_count"] for name, row in found.items() if not row["reason"]}
    assert {f"{some[0]['source']}/{some[0]['file']}": len(some) for some in rows.values()} == counts
    accepted = {
        name: [_values(row) for row in some if not row["rejection_reason"]]
        for name, some in rows.items()
    }
    letter = rows["letters"][0]["event_id"]
    assert accepted == {
        "iot": [("r1", _MORNING, None, {"device_id": "d1"})],
        "iot_avro": [
            ("r3", _MORNING, None, {"device_id": "d3"}),
            ("r4", "2006-07-14 23:58:24.606847", None, {"device_id": "d4"}),
        ],
        "ads": [
            ("2025-01-02", _DAY, "10.50", {}),
            ("2025-01-03", "2025-01-03 00:00:00", "-1.00", {}),
        ],
        "calls": [
            ("0001", _MORNING, None, {"phone": "+12025550123"}),
            ("0002", "2025-01-02 03:05:00", None, {}),
        ],
        "crm": [("c1", _DAY, None, {"email": "a@b.org", "loyalty_id": "C7"})],
        "pos": [("l1", _DAY, "12.50", {"loyalty_id": "C7"})],
        "tickets": [("t1", _DAY, None, {"email": "a@b.org"})],
        "catalogue": [("A1", _DELIVERED, "12.50", {}), ("B2", _DELIVERED, None, {})],
        "export": [("e1", _DELIVERED, "0.10", {"email": "a@b.org"})],
        "letters": [(letter, _DELIVERED, None, {"user_id": "u7"})],
    }
    reasons = {
        name: [row["rejection_reason"] for row in some if row["rejection_reason"]]
        for name, some in rows.items()
    }
    assert {name: some for name, some in reasons.items() if some} == {
        "iot": ["unreadable_time", "not_json"],
        "ads": ["wrong_cell_count"],
        "calls": ["wrong_line_length"],
        "crm": ["missing_id"],
        "pos": ["unreadable_time"],
        "tickets": ["wrong_cell_count"],
        "export": ["not_json"],
    }
