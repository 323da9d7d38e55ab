"""Scoring: the score and decile of every customer on one day, computed in Spark."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Protocol

import pandas as pd
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.models.training import predicted
from cdp_spark.semantics.windows import day_rows

_SCORED = "customer_id string, score double"
# A bucket is a step of 1/16384 in log(1 + score): at most 11,000 for probabilities and 340,000 for
# amounts up to 10⁹, whatever the number of customers.
_STEPS = 16384


class Scorer(Protocol):
    """A fitted model with its name and its traits, in order."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def model_id(self) -> str:
        """Hash of training rows and settings."""

    @property
    def features(self) -> tuple[str, ...]:
        """Names of traits."""

    @property
    def estimator(self) -> Any:
        """The fitted estimator."""


def scores_of(traits: DataFrame, scorer: Scorer, as_of: date) -> DataFrame:
    """One row of gold.score per customer with traits on the day.

    The estimator is broadcast once and unpacked once per worker; only its traits are sent, as
    32-bit floats. Rows are repartitioned by customer, so that the score is computed once although
    the deciles need it twice.
    """
    shipped = traits.sparkSession.sparkContext.broadcast(scorer.estimator)
    features = list(scorer.features)

    def scored(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            score = predicted(shipped.value, batch[features])
            yield pd.DataFrame({"customer_id": batch["customer_id"], "score": score})

    figures = [F.col("traits")[name].cast("float").alias(name) for name in features]
    wanted = traits.where(F.col("as_of_on") == F.lit(as_of)).select("customer_id", *figures)
    scores = wanted.mapInPandas(scored, _SCORED).repartition("customer_id")
    return with_deciles(scores).select(
        "customer_id",
        F.lit(as_of).alias("as_of_on"),
        F.lit(scorer.name).alias("model"),
        "score",
        "decile",
        F.lit(scorer.model_id).alias("model_id"),
    )


def with_deciles(scores: DataFrame) -> DataFrame:
    """The rows with `decile`: 1 for the highest tenth … 10 for the lowest; equal scores share one.

    The one unpartitioned window sums counts per bucket of score, never rows: at most some hundred
    thousand buckets.
    """
    bucketed = scores.withColumn(
        "bucket", F.floor(F.log1p(F.greatest("score", F.lit(0.0))) * _STEPS)
    )
    counted = bucketed.groupBy("bucket").agg(F.count(F.lit(1)).alias("held"))
    whole = Window.orderBy(F.desc("bucket")).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    down = Window.orderBy(F.desc("bucket")).rowsBetween(Window.unboundedPreceding, -1)
    higher = F.coalesce(F.sum("held").over(down), F.lit(0))
    decile = F.floor(higher * 10 / F.sum("held").over(whole)) + 1
    tenths = counted.select("bucket", decile.cast("long").alias("decile"))
    # An inner join would filter nulls below the repartitioning of the scores and prevent its reuse.
    return bucketed.join(F.broadcast(tenths), on="bucket", how="left").select(
        *scores.columns, "decile"
    )


def model_ids_of(scores: DataFrame) -> set[str]:
    """Ids of the models of these rows of gold.score: one per name and day."""
    return {row["model_id"] for row in scores.select("model_id").distinct().collect()}


def model_day_scope(like: DataFrame, as_of: date, names: list[str]) -> DataFrame:
    """One row (`as_of_on`, `model`) per name: the scope of one run in gold.score."""
    named = F.explode(F.array(*map(F.lit, names))).alias("model")
    return day_rows(like, [as_of]).select("as_of_on", named)
