import json
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.shopify_fields import ORDER, REFUND
from cdp_spark.sources.shopify_lines import (
    is_gift_card,
    order_lines,
    product_of,
    returned_products,
    total_of,
)

_MONEY = {"originalUnitPriceSet": {"shopMoney": {"amount": "2.50"}}}
_CUP = {"title": "Cup", "quantity": 2, "product": {"id": "gid://shopify/Product/7"}} | _MONEY


def test_lines_of_either_api_become_products(spark: SparkSession) -> None:
    card = {"price": "9.99", "gift_card": True}
    orders = [
        {"line_items": [card, None, {"price": "1", "quantity": "x"}]},
        {"lineItems": {"edges": [{"node": _CUP}]}},
        {"lineItems": {"nodes": [_CUP | {"isGiftCard": True}]}},
        {},
    ]
    rows = spark.createDataFrame([(json.dumps(one),) for one in orders], "text string")
    lines = rows.select(F.from_json("text", ORDER).alias("fields"))
    found = lines.select(
        total_of(order_lines()).alias("total"),
        F.transform(order_lines(), is_gift_card).alias("cards"),
        F.transform(order_lines(), product_of)[0]["product_id"].alias("product"),
    ).collect()
    assert [tuple(row) for row in found] == [
        (Decimal("10.99"), [True, False], None),
        (Decimal("5.00"), [False], "7"),
        (Decimal("5.00"), [True], "7"),
        (None, None, None),
    ]


def test_returned_products_have_the_quantity_that_came_back(spark: SparkSession) -> None:
    returned: dict[str, Any] = {"quantity": 1, "lineItem": _CUP}
    refunds = [
        {"refund_line_items": [{"quantity": 1, "line_item": _CUP}]},
        {"refundLineItems": {"edges": [{"node": returned}]}},
        {"refundLineItems": {"nodes": [returned]}},
    ]
    rows = spark.createDataFrame([(json.dumps(one),) for one in refunds], "text string")
    fields = rows.select(F.from_json("text", REFUND).alias("fields"))
    for row in fields.select(returned_products().alias("products")).collect():
        (product,) = row["products"]
        assert (product["product_id"], product["quantity"]) == ("7", 1)
        assert product["price"] == Decimal("2.50")
