from decimal import Decimal

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation.products import basket, product, total_of


def test_a_product_has_one_description_and_one_price(spark: SparkSession) -> None:
    twice = spark.range(2).select(product(F.lit(5), F.lit(1), F.lit(1)).alias("product"))
    first, second = twice.collect()

    assert first == second
    assert first["product"]["category"] == "coats"
    assert first["product"]["product_id"] == "prod-01005"


def test_a_higher_number_is_dearer(spark: SparkSession) -> None:
    prices = spark.range(40).select(product(F.col("id"), F.lit(2), F.lit(1))["price"]).collect()

    assert [row[0] for row in prices] == sorted({row[0] for row in prices})


def test_a_total_is_the_sum_of_price_times_quantity(spark: SparkSession) -> None:
    goods = spark.range(1).select(
        F.array(
            F.struct(F.lit(Decimal("1.10")).alias("price"), F.lit(2).alias("quantity")),
            F.struct(F.lit(Decimal("0.05")).alias("price"), F.lit(1).alias("quantity")),
        ).alias("goods")
    )

    assert goods.select(total_of(F.col("goods"))).first() == (Decimal("2.25"),)


def test_a_basket_follows_taste_and_spend(spark: SparkSession) -> None:
    shoppers = spark.range(600).select(
        F.col("id").alias("person"),
        F.lit(1).alias("visit"),
        F.lit(4).cast("bigint").alias("taste"),
        F.lit(5).cast("bigint").alias("second_taste"),
        (F.col("id") % 2).cast("double").alias("spend_level"),
    )
    lines = shoppers.select("spend_level", F.explode(basket(7, F.lit(2))).alias("line"))
    liked = lines.where(F.col("line.category") == "toys")
    means = {
        row["spend_level"]: float(row["price"])
        for row in liked.groupBy("spend_level").agg(F.avg("line.price").alias("price")).collect()
    }

    assert 0.55 < liked.count() / lines.count() < 0.72
    assert means[1.0] > 2 * means[0.0]
