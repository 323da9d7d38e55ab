import json
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.shopify_fields import REFUND
from cdp_spark.sources.shopify_repayments import (
    has_unreadable_amount,
    is_tried,
    repaid_amount,
    repaid_currency,
    with_repayments,
)

_DONE = {"kind": "refund", "status": "success", "amount": "20.00", "currency": "EUR"}
_OPEN = _DONE | {"status": "pending", "amount": "15.00"}
_FAILED = _DONE | {"status": "failure"}
_SEVEN = {"shopMoney": {"amount": "7.0", "currencyCode": "TRY"}}
_GRAPHQL = {"kind": "REFUND", "status": "SUCCESS", "amountSet": _SEVEN}
_TOTAL = {"totalRefundedSet": _SEVEN}


def test_what_is_paid_back_is_read_from_the_transactions_of_either_api(
    spark: SparkSession,
) -> None:
    """A pending refund is marked: it has the time of the one that is paid, and could win."""
    cases: list[tuple[Any, dict[str, Any], tuple[bool, Any, str | None]]] = [
        ([_DONE, None, 7, _DONE], {}, (False, Decimal("40.00"), "EUR")),
        ([_DONE, _OPEN], {}, (False, Decimal("20.00"), "EUR")),
        ([_OPEN, _FAILED], {}, (True, Decimal("15.00"), "EUR")),
        ([_OPEN | {"status": "AWAITING_RESPONSE"}], _TOTAL, (True, Decimal("15.00"), "EUR")),
        ([_OPEN | {"kind": "sale"}], {}, (False, 0, None)),
        ([_FAILED], {}, (False, 0, None)),
        ([_GRAPHQL], {}, (False, 7, "TRY")),
        ({"nodes": [_GRAPHQL, _GRAPHQL]}, {}, (False, 14, "TRY")),
        ({"edges": [{"node": _GRAPHQL}, {"node": None}, 7]}, {}, (False, 7, "TRY")),
        ({"nodes": [_GRAPHQL | {"status": "PENDING"}]}, {}, (True, 7, "TRY")),
        ({"nodes": []}, _TOTAL, (False, 7, "TRY")),
        ([], _TOTAL, (False, 7, "TRY")),
        (None, _TOTAL, (False, 7, "TRY")),
        ({"nodes": "x"}, {}, (False, 0, None)),
        ("none", {}, (False, 0, None)),
        ([_DONE | {"amount": None}], {}, (False, None, "EUR")),
        ([_DONE | {"amount": "1e30"}], {}, (False, None, "EUR")),
        ([_DONE | {"test": True}], {}, (False, 20, "EUR")),
    ]
    texts = [json.dumps({"transactions": listed} | others) for listed, others, _ in cases]
    rows = spark.createDataFrame([*enumerate(texts)], "number int, text string").coalesce(1)
    fields = F.try_variant_get(F.parse_json("text"), "$", REFUND)
    refunds = with_repayments(rows.select("number", fields.alias("fields")))
    found = refunds.select(
        "number",
        "is_pending",
        repaid_amount().alias("amount"),
        repaid_currency().alias("currency"),
        has_unreadable_amount().alias("is_unreadable"),
        is_tried().alias("is_tried"),
    ).collect()
    found.sort(key=lambda row: int(row["number"]))
    assert [tuple(row)[1:4] for row in found] == [expected for _, _, expected in cases]
    assert [row["number"] for row in found if row["is_unreadable"]] == [len(cases) - 2]
    assert [row["number"] for row in found if row["is_tried"]] == [len(cases) - 1]
