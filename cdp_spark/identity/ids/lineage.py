"""How a run changes customer ids."""

from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.identity import LINEAGE
from cdp_spark.values.token import hashed

_HELD = ["identifier_key", "customer_id"]


def lineage_of(links: DataFrame, history: DataFrame, now: datetime, run_id: str) -> DataFrame:
    """identity.lineage rows of a run: ids minted, merged, split, moved or retired.

    `links` are the rows to be written, `history` all links before, current and closed.
    """
    before = current_links(history).select(*_HELD).distinct()
    after = current_links(links).select(*_HELD).distinct()
    moves = _id_moves(before, after).withColumn("change", _change())
    changes = _with_ages(moves, history)
    parts = ("from_customer_id", "to_customer_id", "identifier_count", "from_age", "to_age")
    identity = [F.coalesce(F.col(name).cast("string"), F.lit("")) for name in parts]
    return (
        changes.where(F.col("change").isNotNull())
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


def _id_moves(before: DataFrame, after: DataFrame) -> DataFrame:
    """Count of identifiers that moved from one id to another, with the other moves of both ids.

    `was` is set where the new id existed before, `stays` where the old one exists after. `onward`
    counts the ids that the old one moved to, `origin` those that the new one came from.
    """
    moves = (
        _moves(before, after)
        .groupBy("from_customer_id", "to_customer_id")
        .agg(F.count_distinct("identifier_key").alias("identifier_count"))
    )
    ids_before = before.select(F.col("customer_id").alias("to_customer_id")).distinct()
    ids_after = after.select(F.col("customer_id").alias("from_customer_id")).distinct()
    onward = F.count("to_customer_id").over(Window.partitionBy("from_customer_id"))
    origin = F.count("from_customer_id").over(Window.partitionBy("to_customer_id"))
    return (
        moves.join(ids_before.withColumn("was", F.lit(1)), on="to_customer_id", how="left_outer")
        .join(ids_after.withColumn("stays", F.lit(1)), on="from_customer_id", how="left_outer")
        .withColumns({"onward": onward, "origin": origin})
    )


def _with_ages(moves: DataFrame, history: DataFrame) -> DataFrame:
    """The moves with the time at which their ids last changed before.

    So a second merge of the same two customers gets an id of its own, and a run that is killed and
    started again gives the same change_id.
    """
    changed = F.greatest("recorded_from", "recorded_to").cast("double")
    ages = history.groupBy("customer_id").agg(F.max(changed).alias("age"))
    for end in ("from", "to"):
        one = ages.select(
            F.col("customer_id").alias(f"{end}_customer_id"), F.col("age").alias(f"{end}_age")
        )
        moves = moves.join(one, on=f"{end}_customer_id", how="left_outer")
    return moves


def _change() -> Column:
    """Name of a change; null where another row of the same id names it."""
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
    """Each identifier with the customer it left and the customer it came to, null for none."""
    alone = _unshared(before).join(_unshared(after), on="identifier_key", how="left_semi")
    lost, gained = (
        rows.join(other, on=_HELD, how="left_anti").join(
            alone.withColumn("is_alone", F.lit(1)), on="identifier_key", how="left_outer"
        )
        for rows, other in ((before, after), (after, before))
    )
    return _paired(lost, "from_customer_id").join(
        _paired(gained, "to_customer_id"), on=["identifier_key", "only"], how="full_outer"
    )


def _unshared(held: DataFrame) -> DataFrame:
    """identifier_key of identifiers with a single customer."""
    counted = held.groupBy("identifier_key").agg(F.count("*").alias("customers"))
    return counted.where(F.col("customers") == 1).select("identifier_key")


def _paired(rows: DataFrame, name: str) -> DataFrame:
    """The rows with the customer under a name; `only` is empty where one had and one got it.

    A shared identifier comes to each of its customers from no other one.
    """
    unpaired = F.concat(F.lit(f"{name} "), F.col("customer_id"))
    only = F.when(F.col("is_alone").isNotNull(), F.lit("")).otherwise(unpaired)
    return rows.select("identifier_key", only.alias("only"), F.col("customer_id").alias(name))
