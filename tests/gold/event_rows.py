"""Rows of events with their customer, short to write."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.gold import GoldSettings
from cdp_spark.gold.rates import Conversion
from cdp_spark.gold.settings import OrderSettings
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT

GOLD = GoldSettings(
    orders=OrderSettings(whole=("Bought",), lines=("Line",), refunded=("Refunded",)),
    survivorship={
        "email": "most_recent",
        "phone": "most_recent",
        "first_name": "source_priority",
        "last_name": "source_priority",
        "birth_on": "most_recent",
        "city": "most_recent",
        "country": "most_recent",
    },
)


def at(minute: int, day: int = 1) -> datetime:
    """A moment in January 2025."""
    return datetime(2025, 1, day, 12, tzinfo=UTC) + timedelta(minutes=minute)


def product(product_id: str, price: str, brand: str = "b") -> dict[str, Any]:
    """One product of an event."""
    return {
        "product_id": product_id,
        "name": product_id,
        "brand": brand,
        "category": None,
        "price": Decimal(price),
        "quantity": Decimal(1),
    }


def money(amount: str) -> Decimal:
    """An amount with cents."""
    return Decimal(amount).quantize(Decimal("0.01"))


def events(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """silver.event rows with customer_id: "ann" where none is given."""
    owners = [row.get("customer_id", "ann") for row in rows]
    keyed = [
        {
            "event_key": f"event-{number}",
            "order_namespace": row.get("source", "x"),
            **{name: value for name, value in row.items() if name != "customer_id"},
            "event_on": row.get("event_at", at(0)).date(),
        }
        for number, row in enumerate(rows)
    ]
    named = spark.createDataFrame(
        [(row["event_key"], owner) for row, owner in zip(keyed, owners, strict=True)],
        "event_key string, customer_id string",
    )
    owned = sample(spark, EVENT, *keyed).join(F.broadcast(named), on="event_key", how="inner")
    return Conversion("EUR", None).with_value(owned)
