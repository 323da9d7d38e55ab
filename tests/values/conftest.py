"""A column rule tried on a list of values."""

from collections.abc import Callable
from typing import Any

import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

Tried = Callable[[Callable[[Column], Column], list[str | None]], list[Any]]


@pytest.fixture
def tried(spark: SparkSession) -> Tried:
    """What a rule makes of each text, in their order."""

    def outcome(rule: Callable[[Column], Column], texts: list[str | None]) -> list[Any]:
        rows = spark.createDataFrame(list(enumerate(texts)), "number long, text string")
        result = rows.select("number", rule(F.col("text")).alias("result"))
        return [
            row["result"] for row in sorted(result.collect(), key=lambda row: int(row["number"]))
        ]

    return outcome
