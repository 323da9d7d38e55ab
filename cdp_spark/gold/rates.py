"""Exchange rates by day: amounts of other currencies in the project's currency."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.gold.settings import CurrencySettings
from cdp_spark.tables.gold import RATE
from cdp_spark.tables.writes import Overwrite

_DAILY = "currency string, event_on date, rate decimal(38,12)"
_FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True)
class Conversion:
    """The project's currency, and the rates into it: `currency`, `event_on` and `rate`.

    `rates` has a row per day, None without any rate. An event without a currency is in the
    project's.
    """

    currency: str
    rates: DataFrame | None

    def with_value(self, events: DataFrame) -> DataFrame:
        """The events with `value`: the amount in the project's currency; null without a rate."""
        is_own = F.coalesce(F.col("currency") == self.currency, F.lit(True))  # noqa: FBT003
        own = F.when(is_own, F.col("amount"))
        if self.rates is None:
            return events.withColumn("value", own)
        priced = events.join(F.broadcast(self.rates), on=["currency", "event_on"], how="left_outer")
        other = (F.col("amount") * F.col("rate")).cast("decimal(18,2)")
        return priced.withColumn("value", F.when(is_own, own).otherwise(other)).drop("rate")


def conversion_of(spark: SparkSession, currency: str, settings: CurrencySettings) -> Conversion:
    """The conversion by the settings' rates; a rate holds until the next, `max_age_days` at most.

    The frame has one row per currency and day: an equality join, however long the history.
    """
    rows = list(_daily_rates(settings))
    rates = spark.createDataFrame(rows, _DAILY) if rows else None
    return Conversion(currency, rates)


def _daily_rates(settings: CurrencySettings) -> Iterator[tuple[str, date, Decimal]]:
    by_currency: dict[str, list[tuple[date, Decimal]]] = {}
    for on, code, rate in settings.parsed_rates:
        by_currency.setdefault(code, []).append((on, rate))
    span = timedelta(days=settings.max_age_days + 1)
    for code, given in sorted(by_currency.items()):
        ordered = sorted(given)
        for (on, rate), (following, _) in pairwise([*ordered, (date.max, Decimal(0))]):
            for number in range((min(following, on + span) - on).days):
                yield code, on + timedelta(days=number), rate


@dataclass(frozen=True)
class RateChanges:
    """The first day of each currency on which a rate changed; all events if the base did."""

    first_days: dict[str, date]
    is_all: bool = False

    def events_of(self, events: DataFrame) -> DataFrame:
        """The events with an amount that has another value by the new rates."""
        with_amount = events.where(F.col("amount").isNotNull())
        return with_amount if self.is_all else with_amount.where(self._is_changed())

    def _is_changed(self) -> Column:
        found = F.lit(False)  # noqa: FBT003
        for code, on in self.first_days.items():
            found |= (F.col("currency") == code) & (F.col("event_on") >= F.lit(on))
        return found

    def __bool__(self) -> bool:
        """Whether any rate changed."""
        return self.is_all or bool(self.first_days)


def rate_changes(stored: pa.Table, currency: str, settings: CurrencySettings) -> RateChanges:
    """What changed from the rows of gold.rate to the settings' rates."""
    before = {tuple(row[name] for name in RATE.columns) for row in stored.to_pylist()}
    now = set(_rate_rows(currency, settings))
    bases = {row[2] for row in before}
    if before and bases != {currency}:
        return RateChanges({}, is_all=True)
    first_days: dict[str, date] = {}
    for code, on, *_ in sorted(before ^ now, key=lambda row: (row[0], row[1])):
        first_days.setdefault(code, on)
    return RateChanges(first_days)


def rate_write(spark: SparkSession, currency: str, settings: CurrencySettings) -> Overwrite:
    """The write of gold.rate: the settings' rates."""
    rows = sorted(_rate_rows(currency, settings))
    return Overwrite(spark.createDataFrame(rows, RATE.schema))


def _rate_rows(
    currency: str, settings: CurrencySettings
) -> Iterator[tuple[str, date, str, int, Decimal]]:
    """Rows of gold.rate; the base has a rate of 1, so that another base is seen as a change."""
    age = settings.max_age_days
    yield currency, _FIRST_DAY, currency, age, _rounded(Decimal(1))
    for on, code, rate in settings.parsed_rates:
        yield code, on, currency, age, _rounded(rate)


def _rounded(rate: Decimal) -> Decimal:
    return rate.quantize(Decimal(1).scaleb(-12))
