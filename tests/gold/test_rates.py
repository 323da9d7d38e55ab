from datetime import date
from decimal import Decimal

import pyarrow as pa
from pyspark.sql import SparkSession

from cdp_spark.gold.rates import RateChanges, conversion_of, rate_changes, rate_write
from cdp_spark.gold.settings import CurrencySettings
from cdp_spark.tables.gold import RATE
from tests.gold.event_rows import at, events, money


def _stored(spark: SparkSession, *lines: str, base: str = "EUR") -> pa.Table:
    return rate_write(spark, base, CurrencySettings(rates=lines)).rows.toArrow()


def test_a_rate_holds_until_the_next_and_then_for_some_days(spark: SparkSession) -> None:
    settings = CurrencySettings(rates=("2025-01-01,USD,0.5", "2025-01-03,USD,0.25"), max_age_days=1)
    found = conversion_of(spark, "EUR", settings)
    assert found.rates is not None
    days = {row.event_on.day: row.rate for row in found.rates.collect()}
    assert days == {1: Decimal("0.5"), 2: Decimal("0.5"), 3: Decimal("0.25"), 4: Decimal("0.25")}


def test_without_rates_amounts_of_other_currencies_have_no_value(spark: SparkSession) -> None:
    rows = [{"currency": code, "amount": money("3")} for code in ("EUR", None, "USD")]
    found = conversion_of(spark, "EUR", CurrencySettings()).with_value(
        events(spark, *rows).drop("value")
    )
    assert {row.currency: row.value for row in found.collect()} == {"EUR": 3, None: 3, "USD": None}


def test_a_changed_rate_touches_events_of_its_currency_from_its_day_on(
    spark: SparkSession,
) -> None:
    before = _stored(spark, "2025-01-01,USD,0.5", "2025-01-03,USD,0.6", "2025-01-01,CZK,0.04")
    same = CurrencySettings(
        rates=("2025-01-03,USD,0.60", "2025-01-01,CZK,0.04", "2025-01-01,USD,0.5")
    )
    assert not rate_changes(before, "EUR", same)
    other = CurrencySettings(
        rates=("2025-01-01,USD,0.5", "2025-01-03,USD,0.7", "2025-01-01,CZK,0.04")
    )
    changes = rate_changes(before, "EUR", other)
    assert changes == RateChanges({"USD": date(2025, 1, 3)})
    rows = [
        {"currency": code, "amount": money("1"), "event_at": at(0, day=day)}
        for code, day in (("USD", 2), ("USD", 4), ("CZK", 4))
    ]
    affected = changes.events_of(events(spark, *rows)).collect()
    assert [(row.currency, row.event_on.day) for row in affected] == [("USD", 4)]


def test_another_age_of_rates_touches_all_events_of_their_currencies(spark: SparkSession) -> None:
    before = _stored(spark, "2025-01-01,USD,0.5")
    other = CurrencySettings(rates=("2025-01-01,USD,0.5",), max_age_days=30)
    assert rate_changes(before, "EUR", other).first_days["USD"] == date(2025, 1, 1)


def test_another_base_changes_the_value_of_all_events(spark: SparkSession) -> None:
    changes = rate_changes(_stored(spark, "2025-01-01,USD,0.5"), "TRY", CurrencySettings())
    assert changes.is_all
    rows = events(spark, {"amount": money("1")}, {"currency": "USD"})
    assert changes.events_of(rows).count() == 1


def test_a_first_run_has_a_rate_to_store(spark: SparkSession) -> None:
    empty = RATE.arrow_schema.empty_table()
    assert rate_changes(empty, "EUR", CurrencySettings())
    assert not rate_changes(_stored(spark), "EUR", CurrencySettings())
