"""The products of an event, in the ways that senders write them."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.tables.silver import PRODUCT

_LIST = f"array<{PRODUCT.simpleString()}>"


def products_of(sent: Column) -> Column:
    """The products in a VARIANT: a list, one object, JSON in a text, or a list of ids.

    Null for null, and where none of these is found.
    """
    listed = F.try_variant_get(sent, "$", _LIST)
    # Interpreted, because it takes a lambda: generated, it was a quarter of the parser's code.
    other = F.get(F.transform(F.array(sent), _other_products), F.lit(0))
    return F.when(sent.isNotNull(), F.when(_is_filled(listed), listed).otherwise(other))


def _other_products(sent: Column) -> Column:
    text = F.try_parse_json(F.try_variant_get(sent, "$", "string"))
    found = [
        products
        for one in (sent, text)
        for products in (
            F.try_variant_get(one, "$", _LIST),
            F.array(F.try_variant_get(one, "$", PRODUCT.simpleString())),
        )
    ]
    listed = F.coalesce(found[0], F.when(_is_filled(found[1]), found[1]),
                        found[2], F.when(_is_filled(found[3]), found[3]))  # fmt: skip
    ids = F.try_variant_get(sent, "$", "array<string>")
    of_ids = F.transform(
        ids,
        lambda one: F.struct(
            one.alias("product_id"),
            *[F.lit(None).cast(field.dataType).alias(field.name) for field in PRODUCT.fields[1:]],
        ),
    )
    are_ids = F.coalesce(~F.exists(listed, lambda one: one.isNotNull()), F.lit(False))  # noqa: FBT003
    return F.when(are_ids & ids.isNotNull(), of_ids).otherwise(listed)


def _is_filled(products: Column) -> Column:
    return F.get(products, F.lit(0)).isNotNull()
