"""What became of customer ids in a run."""

from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.tables.identity import LINEAGE
from cdp_spark.terms.ownership import current_links
from cdp_spark.values.token import hashed

_HELD = ["identifier_key", "customer_id"]


def lineage_of(links: DataFrame, history: DataFrame, now: datetime, run_id: str) -> DataFrame:
    """identity.lineage rows of a run: ids minted, merged into others, split from others, retired.

    `links` are the rows to be written, `history` all that there ever were before.
    """
    before = current_links(history).select(*_HELD).distinct()
    after = current_links(links).select(*_HELD).distinct()
    told = _aged(_flows(before, after).withColumn("change", _change()), history)
    parts = ("from_customer_id", "to_customer_id", "identifier_count", "from_age", "to_age")
    identity = [F.coalesce(F.col(name).cast("string"), F.lit("")) for name in parts]
    return (
        told.where(F.col("change").isNotNull())
        .select(
            hashed(F.col("change"), *identity).alias("change_id"),
            "change",
            "from_customer_id",
            "to_customer_id",
            "identifier_count",
            F.lit(now).alias("recorded_at"),
            F.lit(run_id).alias("run_id"),
        )
        .select(*LINEAGE.columns)
    )


def _flows(before: DataFrame, after: DataFrame) -> DataFrame:
    """Identifiers that went from one id to another, counted, with what else became of both ids.

    `was` and `stays` tell whether the id after was there before, and the id before is there after;
    `onward` and `origin` how many ids that one went to, and this one came from.
    """
    flows = (
        _moves(before, after)
        .groupBy("from_customer_id", "to_customer_id")
        .agg(F.count_distinct("identifier_key").alias("identifier_count"))
    )
    ids_before = before.select(F.col("customer_id").alias("to_customer_id")).distinct()
    ids_after = after.select(F.col("customer_id").alias("from_customer_id")).distinct()
    onward = F.count("to_customer_id").over(Window.partitionBy("from_customer_id"))
    origin = F.count("from_customer_id").over(Window.partitionBy("to_customer_id"))
    return (
        flows.join(ids_before.withColumn("was", F.lit(1)), on="to_customer_id", how="left_outer")
        .join(ids_after.withColumn("stays", F.lit(1)), on="from_customer_id", how="left_outer")
        .withColumns({"onward": onward, "origin": origin})
    )


def _aged(flows: DataFrame, history: DataFrame) -> DataFrame:
    """The flows with when the ids of them last changed before.

    So two customers who are merged, parted and merged again are told of twice, and a run that is
    killed and started again tells of what it did once.
    """
    changed = F.greatest("recorded_from", "recorded_to").cast("double")
    ages = history.groupBy("customer_id").agg(F.max(changed).alias("age"))
    for end in ("from", "to"):
        one = ages.select(
            F.col("customer_id").alias(f"{end}_customer_id"), F.col("age").alias(f"{end}_age")
        )
        flows = flows.join(one, on=f"{end}_customer_id", how="left_outer")
    return flows


def _change() -> Column:
    """The name of a flow; an id that went to another or came from one is told by that alone."""
    old, new = F.col("from_customer_id"), F.col("to_customer_id")
    was, stays = F.col("was").isNotNull(), F.col("stays").isNotNull()
    return (
        F.when(old.isNull() & ~was & (F.col("origin") == 0), "minted")
        .when(new.isNull() & ~stays & (F.col("onward") == 0), "retired")
        .when(old.isNotNull() & new.isNotNull() & ~stays, "merged")
        .when(old.isNotNull() & new.isNotNull() & ~was, "split")
        .when(old.isNotNull() & new.isNotNull(), "moved")
    )


def _moves(before: DataFrame, after: DataFrame) -> DataFrame:
    """Each identifier with the customer that it left and the one that it came to, null for none."""
    alone = _alone(before).join(_alone(after), on="identifier_key", how="left_semi")
    left, came = (
        rows.join(other, on=_HELD, how="left_anti").join(
            alone.withColumn("is_alone", F.lit(1)), on="identifier_key", how="left_outer"
        )
        for rows, other in ((before, after), (after, before))
    )
    return _paired(left, "from_customer_id").join(
        _paired(came, "to_customer_id"), on=["identifier_key", "only"], how="full_outer"
    )


def _alone(held: DataFrame) -> DataFrame:
    """identifier_key of what is one customer's only."""
    counted = held.groupBy("identifier_key").agg(F.count("*").alias("customers"))
    return counted.where(F.col("customers") == 1).select("identifier_key")


def _paired(rows: DataFrame, name: str) -> DataFrame:
    """The rows with the customer under a name; `only` is the same where one left and one came.

    What people share comes to each of them from nobody in particular.
    """
    apart = F.concat(F.lit(f"{name} "), F.col("customer_id"))
    only = F.when(F.col("is_alone").isNotNull(), F.lit("")).otherwise(apart)
    return rows.select("identifier_key", only.alias("only"), F.col("customer_id").alias(name))
