"""The lines of Shopify's orders and refunds, as products and amounts, of either API.

Columns of a record that is extracted as `fields`; see `shopify_fields`.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.sources.parsed import money
from cdp_spark.sources.shopify_fields import number_in
from cdp_spark.tables.silver import PRODUCT

_FIELDS = {"name": "title", "brand": "vendor", "price": "price", "quantity": "quantity"}
_TOTAL = "decimal(38,2)"


def order_lines() -> Column:
    """The lines of an order; null without any."""
    return _listed("line_items", "lineItems")


def returned_products() -> Column:
    """The products of a refund, with the quantity that was returned."""
    return F.transform(_listed("refund_line_items", "refundLineItems"), _returned_product)


def is_gift_card(line: Column) -> Column:
    """Whether a line is a gift card."""
    return F.coalesce(line["gift_card"], line["isGiftCard"], F.lit(False))  # noqa: FBT003


def total_of(lines: Column) -> Column:
    """The sum of the lines' prices by quantity; null if it is too large."""
    return F.aggregate(
        lines,
        F.lit(0).cast(_TOTAL),
        lambda total, line: F.try_add(total, _line_total(line)).cast(_TOTAL),
    )


def product_of(line: Column) -> Column:
    """The product of a line."""
    given = {name: line[field] for name, field in _FIELDS.items()}
    given["price"] = _unit_price(line)
    given["product_id"] = F.coalesce(
        line["product_id"], number_in(line["product"]["id"]), line["sku"]
    )
    return F.struct(
        *[
            given.get(one.name, F.lit(None)).try_cast(one.dataType).alias(one.name)
            for one in PRODUCT
        ]
    )


def _listed(rest: str, graphql: str) -> Column:
    """The lines in a field of the REST API or a connection of GraphQL, without null ones."""
    of_edges = F.transform(F.col(f"fields.{graphql}.edges"), lambda edge: edge["node"])
    lines = F.coalesce(F.col(f"fields.{rest}"), F.col(f"fields.{graphql}.nodes"), of_edges)
    return F.filter(lines, lambda one: one.isNotNull())


def _unit_price(line: Column) -> Column:
    return F.coalesce(line["price"], line["originalUnitPriceSet"]["shopMoney"]["amount"])


def _line_total(line: Column) -> Column:
    quantity = F.coalesce(line["quantity"].try_cast("decimal(18,3)"), F.lit(1))
    return F.coalesce(money(_unit_price(line)) * quantity, F.lit(0)).cast(_TOTAL)


def _returned_product(line: Column) -> Column:
    quantity = line["quantity"].try_cast("decimal(18,3)")
    item = F.coalesce(line["line_item"], line["lineItem"])
    return product_of(item).withField("quantity", quantity)
