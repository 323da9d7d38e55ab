"""Records of a format, parsed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources import known_formats
from cdp_spark.sources.settings import SourceSettings

Parsed = Callable[..., list[Row]]


@pytest.fixture
def parsed(spark: SparkSession) -> Parsed:
    """What a source's format makes of bodies, in their order; instants as text, in UTC."""

    def rows_of(source: SourceSettings, *bodies: str) -> list[Row]:
        rows = spark.createDataFrame(list(enumerate(bodies)), "number long, text string")
        form = known_formats()[source.format]
        record = F.parse_json("text") if form.body == "json" else F.col("text").cast("variant")
        records = rows.select(
            "number",
            F.to_variant_object(F.array(record)).alias("body"),
            F.lit("2025-03-04 05:06:07").cast("timestamp").alias("delivered_at"),
        )
        results = form.parsed(records, source)
        shown: dict[str, Any] = {
            name: F.to_json(name) for name in ("properties", "traits", "context", "body")
        }
        # Python has no year 20000.
        shown |= {name: F.col(name).cast("string") for name in ("event_at", "available_at")}
        found = results.withColumns(shown).collect()
        return sorted(found, key=lambda row: int(row["number"]))

    return rows_of


@pytest.fixture
def sample_lines() -> Callable[[str], list[str]]:
    """The lines of a sample, as a sender of the format writes them; its people are invented."""

    def lines_of(name: str) -> list[str]:
        text = (Path(__file__).parent / "samples" / name).read_text(encoding="utf-8")
        return [line for line in text.split("\n") if line]

    return lines_of
