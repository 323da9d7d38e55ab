from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.reports import (
    REPORTED,
    ReportMetrics,
    ReportOptions,
    ReportsSettings,
    report_metrics,
)
from cdp_spark.tables import Table
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.gold import CUSTOMER, ORDER
from cdp_spark.tables.ops import TRUTH
from cdp_spark.tables.sample import sample

_DAY = date(2025, 3, 1)
_SETTINGS = ReportsSettings(title="Test", days=30, smallest_group=5)


def metrics(spark: SparkSession, given: dict[Table, list[dict[str, Any]]]) -> ReportMetrics:
    tables: dict[Table, DataFrame] = {
        table: sample(spark, table, *given.get(table, [])) for table in REPORTED
    }
    metric_row = {"metric": "auc", "value": 0.8, "baseline": 0.7, "is_champion": True}
    model_metrics = [metric_row | {"model": "clv"}, metric_row | {"model": "churn"}]
    row_counts = {table.name: len(given.get(table, [])) for table in REPORTED}
    return report_metrics(tables, row_counts, model_metrics, ReportOptions(_SETTINGS, _DAY, "EUR"))


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> ReportMetrics:
    people = [{"customer_id": f"c{n}", "is_known": n < 6, "identifier_count": 2} for n in range(13)]
    orders = [
        {
            "customer_id": f"c{n}",
            "currency": "EUR",
            "ordered_at": datetime(2025, 2, 25, tzinfo=UTC),
            "net_amount": Decimal("10.10"),
            "converted_amount": Decimal("10.10"),
        }
        for n in range(6)
    ]
    lone = orders[0] | {"currency": "GBP", "converted_amount": None}
    return metrics(spark, {CUSTOMER: people, ORDER: [*orders, lone]})


def test_the_numbers_are_those_of_the_tables(found: ReportMetrics) -> None:
    assert {row["group"]: row["customer_count"] for row in found.people} == {
        "known": 6,
        "anonymous": 7,
    }
    assert found.clusters == ({"identifier_count": 2, "customer_count": 13},)
    rows = {row["table"]: row["row_count"] for row in found.tables}
    assert rows["gold.customer"] == 13
    assert rows["bronze.file"] == 0
    assert len(rows) == len(REPORTED)


def test_revenue_of_fewer_than_five_people_is_hidden_in_weeks_and_total(
    found: ReportMetrics,
) -> None:
    totals = {
        row["currency"]: (row["order_count"], row["net_amount"]) for row in found.orders_total
    }
    assert totals == {"EUR": (6, Decimal("60.60")), "GBP": (None, None)}
    weeks = {row["currency"]: row["net_amount"] for row in found.orders}
    assert weeks == {"EUR": Decimal("60.60"), "GBP": None}


def test_a_total_of_enough_people_is_shown_though_each_week_is_hidden(
    spark: SparkSession,
) -> None:
    orders = [
        {
            "customer_id": f"c{n}",
            "ordered_at": datetime(2025, 2, 1 + 7 * (n % 3), tzinfo=UTC),
            "net_amount": Decimal(2),
            "converted_amount": Decimal(2),
        }
        for n in range(6)
    ]
    found = metrics(spark, {ORDER: orders})
    assert [row["net_amount"] for row in found.orders] == [None] * 3
    assert [(row["order_count"], row["net_amount"]) for row in found.orders_total] == [(6, 12)]


def test_models_are_in_the_order_of_their_names(found: ReportMetrics) -> None:
    assert [row["model"] for row in found.models] == ["churn", "clv"]


def test_the_row_count_of_a_table_of_four_people_is_hidden(spark: SparkSession) -> None:
    four = metrics(spark, {CUSTOMER: [{"customer_id": f"c{n}"} for n in range(4)]})
    rows = {row["table"]: row["row_count"] for row in four.tables}
    assert rows["gold.customer"] is None
    assert rows["gold.order"] == 0


def test_every_table_but_the_simulated_truth_may_be_reported() -> None:
    assert {table.name for table in REPORTED} <= set(TABLES) - {TRUTH.name}
