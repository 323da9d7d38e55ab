"""Each format's sample through the real path: files → records → events."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.bronze import records_of
from cdp_spark.silver.parse import Normalisation, parsed_records
from cdp_spark.sources import known_formats
from cdp_spark.sources.files import checked_files, listed_files
from cdp_spark.sources.parsers import parsers_of
from cdp_spark.sources.reading import SourceReading
from cdp_spark.sources.records import records_in
from cdp_spark.sources.settings import SourceSettings, SourcesSettings
from tests.silver.spellings import spellings

_SAMPLES = Path(__file__).parent / "samples"
_FILES = {
    "segment": "segment.jsonl",
    "snowplow": "snowplow.tsv",
    "ga4": "ga4.jsonl",
    "cloudevents": "cloudevents.jsonl",
    "shopify_orders": "shopify_orders.jsonl",
    "shopify_customers": "shopify_customers.jsonl",
    "stripe": "stripe.jsonl",
    "unomi": "unomi.jsonl",
}


def _landed(spark: SparkSession, folder: Path, name: str) -> DataFrame:
    """The records of a format's folder, in the columns of bronze."""
    form = known_formats()[name]
    layout, reading = form.layout, SourceReading(split=form.split)
    files = checked_files(spark, listed_files(str(folder)), layout, 100_000, reading)
    taken = (
        spark.createDataFrame(files)
        .where(F.col("reason").isNull())
        .withColumn("file_id", F.col("sha256"))
    )
    origin = {"source": name, "format": name, "organisation": "own", "region": "any"}
    found = records_in(taken, layout, reading).withColumn(
        "record_id", F.concat("file_id", "position")
    )
    return records_of(found, origin, 1, datetime(2025, 1, 31, tzinfo=UTC))


def test_samples_become_events_on_the_path_that_deliveries_take(
    spark: SparkSession, tmp_path: Path
) -> None:
    for name, file in _FILES.items():
        (tmp_path / name).mkdir()
        shutil.copy(_SAMPLES / file, tmp_path / name)
    (tmp_path / "ga4_parquet").mkdir()
    rows = [json.loads(line) for line in (_SAMPLES / "ga4.jsonl").read_text().splitlines()]
    names = {name for row in rows for name in row}
    table = pa.Table.from_pylist([dict.fromkeys(names) | row for row in rows])
    parquet.write_table(table, tmp_path / "ga4_parquet" / "day.parquet")

    formats = [*_FILES, "ga4_parquet"]
    sources = tuple(SourceSettings(name=name, format=name, path=name) for name in formats)
    records = [_landed(spark, tmp_path / name, name) for name in formats]
    parsers = parsers_of(SourcesSettings(entries=sources))
    results = parsed_records(
        reduce(DataFrame.unionByName, records),
        parsers,
        Normalisation(spellings("PT"), timedelta(hours=1)),
    )
    found = results.select(
        "source", "event_id", "rejection_reason", "event_key", "email", "phone", "amount"
    ).collect()

    assert [row for row in found if row["rejection_reason"]] == []
    counts = {name: sum(row["source"] == name for row in found) for name in formats}
    assert counts == {
        "segment": 4,
        "snowplow": 6,
        "ga4": 5,
        "cloudevents": 4,
        "shopify_orders": 5,
        "shopify_customers": 2,
        "stripe": 6,
        "unomi": 2,
        "ga4_parquet": 5,
    }
    # An order sent again after an update is the same event, so its revenue counts once; and so is
    # a refund that comes with its order and by its webhook.
    assert len({row["event_key"] for row in found}) == len(found) - 2
    amounts = {row["amount"] for row in found if row["event_id"] == "refund:509562969"}
    assert amounts == {Decimal("20.05")}
    ids = [
        {row["event_id"] for row in found if row["source"] == name}
        for name in ("ga4", "ga4_parquet")
    ]
    assert ids[0] == ids[1]
    people = {row["email"] for row in found if row["source"] in ("shopify_orders", "unomi")}
    assert people == {"maria@mail.example.org", None}
