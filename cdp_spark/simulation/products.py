"""The products of the simulated people."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.simulation.draws import uniform, whole_number
from cdp_spark.simulation.names import BRANDS, CATEGORIES

PRODUCTS_PER_CATEGORY = 40
MAX_LINES = 3
_TASTE_SHARE = 0.6  # share of products from the favourite category
_SECOND_SHARE = 0.2
_BASE_PRICES = (60.0, 110.0, 35.0, 45.0, 25.0, 18.0, 14.0, 90.0)  # in the order of CATEGORIES


def product(number: Column, category: Column, quantity: Column) -> Column:
    """A STRUCT in the form of a product of the Segment e-commerce spec.

    Args:
        number: 0 to PRODUCTS_PER_CATEGORY - 1, within the category; higher is more expensive.
        category: 0 to len(CATEGORIES) - 1.
        quantity: how many pieces.
    """
    code = F.concat(F.lpad(category.cast("string"), 2, "0"), F.lpad(number.cast("string"), 3, "0"))
    name = _at(CATEGORIES, category)
    brand = _at(BRANDS, F.pmod(number * 7 + category, F.lit(len(BRANDS))))
    base = F.element_at(F.array(*[F.lit(price) for price in _BASE_PRICES]), _place(category))
    price = base * F.exp((number / F.lit(float(PRODUCTS_PER_CATEGORY)) - 0.5) * 2.6)
    return F.struct(
        F.concat(F.lit("prod-"), code).alias("product_id"),
        F.concat(F.lit("SKU"), code).alias("sku"),
        F.concat_ws(" ", brand, F.initcap(name), number.cast("string")).alias("name"),
        brand.alias("brand"),
        name.alias("category"),
        price.cast("decimal(10,2)").alias("price"),
        quantity.cast("int").alias("quantity"),
    )


def basket(seed: int, lines: Column) -> Column:
    """The products of one visit, an ARRAY of `lines` products in the person's taste.

    Reads the columns person, visit, taste, second_taste and spend_level.
    """
    return F.transform(F.sequence(F.lit(1), lines), lambda line: _line(seed, line))


def total_of(products: Column) -> Column:
    """The sum of price times quantity, DECIMAL(18,2)."""
    zero = F.lit(0).cast("decimal(18,2)")
    return F.aggregate(
        products,
        zero,
        lambda total, one: (total + one["price"] * one["quantity"]).cast("decimal(18,2)"),
    )


def _line(seed: int, line: Column) -> Column:
    keys = (F.col("person"), F.col("visit"), line)
    which = uniform(seed, "line category", *keys)
    other = whole_number(uniform(seed, "line other category", *keys), len(CATEGORIES))
    category = (
        F.when(which < _TASTE_SHARE, F.col("taste"))
        .when(which < _TASTE_SHARE + _SECOND_SHARE, F.col("second_taste"))
        .otherwise(other)
    )
    # The spend level moves a person's products to the cheap or the expensive end.
    height = uniform(seed, "line product", *keys) * 0.3 + F.col("spend_level") * 0.7
    quantity = whole_number(uniform(seed, "line quantity", *keys), 2) + 1
    return product(whole_number(height, PRODUCTS_PER_CATEGORY), category, quantity)


def _at(options: tuple[str, ...], index: Column) -> Column:
    return F.element_at(F.array(*[F.lit(option) for option in options]), _place(index))


def _place(index: Column) -> Column:
    return (index + 1).cast("int")
