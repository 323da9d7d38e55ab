import json
import re
from collections import Counter
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cdp_spark.simulation import HazardRates, WorldSettings, deliveries_of

SETTINGS = WorldSettings(people=250, hazards=HazardRates(broken=0, duplicate=0))
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def messages(spark: SparkSession) -> list[dict[str, Any]]:
    lines = deliveries_of(spark, SETTINGS).select("event_id", "line").collect()
    messages = [json.loads(row["line"]) for row in lines]
    assert [message["messageId"] for message in messages] == [row["event_id"] for row in lines]
    return messages


def test_every_call_of_the_spec_occurs(messages: list[dict[str, Any]]) -> None:
    calls = Counter(message["type"] for message in messages)

    assert set(calls) == {"track", "identify", "page", "screen", "alias", "group"}


def test_every_event_of_the_shop_occurs(messages: list[dict[str, Any]]) -> None:
    names = {message["event"] for message in messages if message["type"] == "track"}

    assert names == {
        "Products Searched", "Product Viewed", "Product Added", "Checkout Started",
        "Coupon Applied", "Order Completed", "Order Refunded", "Email Opened",
        "Email Link Clicked",
    }  # fmt: skip


def test_moments_are_utc_with_milliseconds_and_in_order(messages: list[dict[str, Any]]) -> None:
    for message in messages:
        moments = [message[key] for key in ("timestamp", "sentAt", "receivedAt")]
        assert all(MOMENT.fullmatch(moment) for moment in moments)
        assert moments == sorted(moments)


def test_an_order_lists_what_it_sums(messages: list[dict[str, Any]]) -> None:
    orders = [one["properties"] for one in messages if one.get("event") == "Order Completed"]

    assert len(orders) > 100
    for order in orders:
        total = sum(line["price"] * line["quantity"] for line in order["products"])
        assert order["total"] == order["revenue"] == pytest.approx(total)
        assert order["currency"] == "EUR"


def test_a_refund_names_an_order(messages: list[dict[str, Any]]) -> None:
    refunds = [one["properties"] for one in messages if one.get("event") == "Order Refunded"]

    assert len(refunds) > 0
    assert all({"order_id", "total"} <= set(refund) for refund in refunds)


def test_a_viewed_product_is_fully_described(messages: list[dict[str, Any]]) -> None:
    views = [one["properties"] for one in messages if one.get("event") == "Product Viewed"]
    described = {"product_id", "sku", "name", "brand", "category", "price", "currency"}

    assert all(set(view) == described for view in views)


def test_an_identify_call_carries_the_profile(messages: list[dict[str, Any]]) -> None:
    traits = [one["traits"] for one in messages if one["type"] == "identify"]
    always = {"firstName", "lastName", "address", "birthday"}

    assert all(always <= set(one) for one in traits)
    assert any("email" in one for one in traits)
    assert any("phone" in one for one in traits)


def test_a_card_is_an_external_id(messages: list[dict[str, Any]]) -> None:
    cards = [card for one in messages for card in one["context"].get("externalIds", [])]

    assert len(cards) > 0
    assert {card["type"] for card in cards} == {"loyalty_id"}


def test_every_message_has_the_consent(messages: list[dict[str, Any]]) -> None:
    for message in messages:
        choices = message["context"]["consent"]["categoryPreferences"]
        assert {type(choices[name]) for name in ("marketing", "analytics")} == {bool}


def test_what_is_unknown_is_left_out(messages: list[dict[str, Any]]) -> None:
    assert all(None not in message.values() for message in messages)
    assert all(message.get("properties") != {} for message in messages)
