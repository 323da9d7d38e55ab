"""The columns every format parses into."""

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.tables.silver import PRODUCT

IDENTIFIER = T.StructType(
    [T.StructField("kind", T.StringType()), T.StructField("value", T.StringType())]
)
TEXTS = ("type", "name", "order_id", "currency", "campaign", "email", "phone", "first_name",
         "last_name", "city", "country")  # fmt: skip
PARSED: dict[str, str] = {
    "event_id": "string",
    **dict.fromkeys(TEXTS, "string"),
    "event_at": "timestamp",
    "available_at": "timestamp",
    "amount": "decimal(18,2)",
    "birth_on": "date",
    "products": T.ArrayType(PRODUCT).simpleString(),
    "consent": "map<string,boolean>",
    "properties": "variant",
    "traits": "variant",
    "context": "variant",
    "identifiers": T.ArrayType(IDENTIFIER).simpleString(),
    "reason": "string",
    "detail": "string",
}


def at(path: str, kind: str = "string") -> Column:
    """The value at a path of the record's body; null where there is none or it does not fit."""
    return F.try_variant_get("body", path, kind)


def seen(kind: str, value: Column) -> Column:
    """One identifier as it was given."""
    return F.struct(F.lit(kind).alias("kind"), value.cast("string").alias("value"))


def present(identifiers: list[Column]) -> Column:
    """The identifiers that have a value; objects, lists and flags name nobody."""
    return F.filter(F.array(*identifiers), lambda one: _names(one["value"]))


def _names(value: Column) -> Column:
    return value.isNotNull() & ~value.rlike(r"^\s*([\[{]|(true|false)\s*$)")


def first_fault(faults: dict[str, Column], details: dict[str, str]) -> tuple[Column, Column]:
    """The first fault that holds, as its fixed word, and which field it is about."""
    reason, detail = F.lit(None).cast("string"), F.lit(None).cast("string")
    for word, holds in reversed(faults.items()):
        reason = F.when(holds, F.lit(word)).otherwise(reason)
        detail = F.when(holds, F.lit(details.get(word))).otherwise(detail)
    return reason, detail
