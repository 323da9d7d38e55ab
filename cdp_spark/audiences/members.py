"""Members of segments on one day, with reasons."""

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.audiences.settings import SegmentSettings
from cdp_spark.semantics.conditions import (
    CONDITION_FIELDS,
    DecileCondition,
    ScoreCondition,
    holds,
    leaves,
    reasons,
)
from cdp_spark.tables.audience import MEMBERSHIP


def members_of(
    customers: DataFrame,
    traits: DataFrame,
    scores: DataFrame,
    segments: Mapping[str, SegmentSettings],
    as_of: date,
) -> DataFrame:
    """One row per segment and member on the day, in the columns of audience.membership.

    A customer without traits or scores of that day is evaluated too: a missing value makes a
    condition false (see semantics/conditions.py).
    """
    evaluated = F.array(*[_evaluated(name, segment) for name, segment in segments.items()])
    met = F.filter(evaluated, lambda one: one["is_member"])
    return (
        _customer_values(customers, traits, scores, _models_in(segments), as_of)
        .select("customer_id", F.inline(met))
        .withColumn("as_of_on", F.lit(as_of))
        .select(*MEMBERSHIP.columns)
    )


def day_scope(members: DataFrame, as_of: date) -> DataFrame:
    """One row with `as_of_on`: the scope of a day's members, even when there are none."""
    return members.limit(0).agg(F.lit(as_of).alias("as_of_on"))


def _evaluated(name: str, segment: SegmentSettings) -> Column:
    return F.struct(
        F.lit(name).alias("segment"),
        holds(segment.rule).alias("is_member"),
        reasons(segment.rule).alias("reasons"),
    )


def _models_in(segments: Mapping[str, SegmentSettings]) -> list[str]:
    """Names of the models whose scores or deciles the rules compare."""
    found: set[str] = set()
    for segment in segments.values():
        for leaf in leaves(segment.rule):
            match leaf:
                case ScoreCondition(score=model) | DecileCondition(score_decile=model):
                    found.add(model)
    return sorted(found)


def _customer_values(
    customers: DataFrame, traits: DataFrame, scores: DataFrame, models: list[str], as_of: date
) -> DataFrame:
    """One row per customer: fields, traits and one column per model's score and decile."""
    is_of_day = F.col("as_of_on") == F.lit(as_of)
    columns = [one for model in models for one in _score_and_decile(model)]
    by_customer = scores.where(is_of_day).groupBy("customer_id")
    pivoted = by_customer.agg(F.count("*").alias("model_count"), *columns)
    known = customers.select("customer_id", *CONDITION_FIELDS)
    day_traits = traits.where(is_of_day).select("customer_id", "traits")
    return known.join(day_traits, on="customer_id", how="left").join(
        pivoted, on="customer_id", how="left"
    )


def _score_and_decile(model: str) -> tuple[Column, Column]:
    # gold.score has one row per customer, day and model: the maximum is that row's value.
    is_model = F.col("model") == model
    return (
        F.max(F.when(is_model, F.col("score"))).alias(f"score_{model}"),
        F.max(F.when(is_model, F.col("decile"))).alias(f"decile_{model}"),
    )
