"""What Shopify paid back for a refund, of either API.

Columns of a record that is extracted as `fields`; see `shopify_fields`.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources.parsed import is_given, money
from cdp_spark.sources.shopify_fields import TRANSACTION

_TOTAL = "decimal(38,2)"
_OPEN = ("pending", "awaiting_response", "unknown")


def with_repayments(refunds: DataFrame) -> DataFrame:
    """The refunds with `transactions`, `is_pending` and `repayments`; the other columns use them.

    `is_pending` is true if a repayment is open and none is done. `repayments` are the transactions
    that count: those that are done, or the open ones of a pending refund. Null without a list.
    """
    found = refunds.withColumn("transactions", _transactions())
    pending = found.withColumn("is_pending", _is_pending(F.col("transactions")))
    is_counted = F.when(F.col("is_pending"), F.filter("transactions", _is_open))
    return pending.withColumn(
        "repayments", is_counted.otherwise(F.filter("transactions", _is_paid))
    )


def is_tried() -> Column:
    """Whether a transaction is a test; null without any list."""
    return F.exists("transactions", lambda one: F.coalesce(one["test"], F.lit(False)))  # noqa: FBT003


def repaid_amount() -> Column:
    """The sum of the repayments, else the refund's own total, else zero.

    Null if an amount can't be read or the sum is too large. Returned goods without a repayment are
    a refund of zero.
    """
    total = F.aggregate(
        "repayments",
        F.lit(0).cast(_TOTAL),
        lambda total, one: F.try_add(total, money(_amount(one))).cast(_TOTAL),
    )
    has_some = F.coalesce(F.size("repayments") > 0, F.lit(False))  # noqa: FBT003
    whole = money(F.col("fields.totalRefundedSet.shopMoney.amount"))
    return F.when(has_some, F.coalesce(total, whole)).otherwise(F.coalesce(whole, F.lit(0)))


def repaid_currency() -> Column:
    """The currency of the first repayment, else of the refund's own total."""
    first = F.get("repayments", F.lit(0))
    return F.coalesce(
        first["currency"],
        first["amountSet"]["shopMoney"]["currencyCode"],
        F.col("fields.totalRefundedSet.shopMoney.currencyCode"),
    )


def has_unreadable_amount() -> Column:
    """Whether a repayment has an amount that can't be read; null without any list."""
    return F.exists("repayments", lambda one: is_given(_amount(one)) & money(_amount(one)).isNull())


def _transactions() -> Column:
    """A list, or a connection of GraphQL, which has `nodes` or `edges`."""
    found = F.col("fields.transactions")
    listed = F.try_variant_get(found, "$", f"array<{TRANSACTION}>")
    nodes = F.try_variant_get(found, "$.nodes", f"array<{TRANSACTION}>")
    edges = F.try_variant_get(found, "$.edges", f"array<struct<node:{TRANSACTION}>>")
    return F.coalesce(listed, nodes, F.transform(edges, lambda edge: edge["node"]))


def _is_pending(transactions: Column) -> Column:
    open_, paid = F.filter(transactions, _is_open), F.filter(transactions, _is_paid)
    return F.coalesce((F.size(open_) > 0) & (F.size(paid) == 0), F.lit(False))  # noqa: FBT003


def _amount(repayment: Column) -> Column:
    return F.coalesce(repayment["amount"], repayment["amountSet"]["shopMoney"]["amount"])


def _is_repayment(transaction: Column) -> Column:
    return F.lower(transaction["kind"]) == "refund"


def _is_paid(transaction: Column) -> Column:
    return _is_repayment(transaction) & (F.lower(transaction["status"]) == "success")


def _is_open(transaction: Column) -> Column:
    return _is_repayment(transaction) & F.lower(transaction["status"]).isin(*_OPEN)
