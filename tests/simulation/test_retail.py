from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation import retail
from cdp_spark.simulation.retail import (
    PanelMissing,
    baskets_of,
    campaign_targets_of,
    demographics_of,
    package_folder,
    redemptions_of,
)


@pytest.fixture(scope="module")
def baskets(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    folder = str(tmp_path_factory.mktemp("panel") / "baskets")
    baskets_of(spark, package_folder()).write.parquet(folder)
    return spark.read.parquet(folder)


def test_every_line_of_the_panel_arrives_once_under_an_id_of_its_own(baskets: DataFrame) -> None:
    counts = baskets.agg(
        F.count("line_id"), F.count_distinct("line_id"), F.count_distinct("household_id")
    ).first()

    assert counts == (1_469_307, 1_469_307, 2_469)


def test_the_money_of_the_panel_is_kept_to_the_cent(baskets: DataFrame) -> None:
    sums = baskets.agg(F.sum("sales_value"), F.sum("coupon_disc")).first()

    assert sums is not None
    assert sums[0] == Decimal("4596039.58")
    assert sums[1] == Decimal("26359.90")


def test_the_wall_clock_of_the_panel_is_taken_as_utc(baskets: DataFrame) -> None:
    first = baskets.agg(F.min("transaction_timestamp").cast("long")).first()

    assert first is not None
    assert first[0] == datetime(2017, 1, 1, 11, 53, 26, tzinfo=UTC).timestamp()


def test_lines_of_products_without_description_stay(baskets: DataFrame) -> None:
    undescribed = baskets.where(F.col("department").isNull())
    counts = undescribed.agg(F.count("*"), F.count_distinct("product_id")).first()

    assert counts == (4_836, 17)


@pytest.mark.parametrize(
    ("rows_of", "moment", "expected"),
    [
        (redemptions_of, "redeemed_at", 2_102),
        (campaign_targets_of, "starts_at", 6_589),
        (demographics_of, "known_at", 801),
    ],
)
def test_each_other_table_has_one_id_and_a_moment_per_row(
    spark: SparkSession,
    rows_of: Callable[[SparkSession, Path], DataFrame],
    moment: str,
    expected: int,
) -> None:
    rows = rows_of(spark, package_folder())
    counts = rows.agg(F.count("row_id"), F.count_distinct("row_id"), F.count(moment)).first()

    assert counts == (expected, expected, expected)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retail, "_PACKAGE", "no_such_panel")

    with pytest.raises(PanelMissing, match="no_such_panel"):
        package_folder()


def test_the_package_folder_holds_the_panel() -> None:
    assert isinstance(package_folder(), Path)
    assert (package_folder() / "transactions.parquet").is_file()
