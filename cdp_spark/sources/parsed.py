"""The columns every format parses into."""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import is_plausible
from cdp_spark.values.text import stripped

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
MONEY = "decimal(18,2)"
Faults = Mapping[str, tuple[Column, str]]
_A_STRUCTURE = r"(?s)^\s*(\{.*\}|\[.*\])\s*$"


def texts(*names: str, **others: str) -> str:
    """A DDL struct of texts and of fields of other types."""
    fields = dict.fromkeys(names, "string") | others
    return f"struct<{','.join(f'{name}:{kind}' for name, kind in fields.items())}>"


def at(path: str, kind: str = "string") -> Column:
    """The value at a path of the record; null where there is none or it does not fit.

    The record is the field `record` of `body`.
    """
    return F.try_variant_get("body", f"$.record{path[1:]}", kind)


def seen(kind: str, value: Column) -> Column:
    """One identifier as it was given."""
    return F.struct(F.lit(kind).alias("kind"), value.cast("string").alias("value"))


def present(identifiers: list[Column]) -> Column:
    """The identifiers that have a value; objects, lists and flags name nobody."""
    told = F.array(*[F.when(_names(one["value"]), one) for one in identifiers])
    # array_compact would have all that stands in it interpreted
    return F.array_except(told, F.array(F.lit(None).cast(IDENTIFIER)))


def _names(value: Column) -> Column:
    plain = stripped(value)
    is_structure = plain.startswith("{") | plain.startswith("[")
    return value.isNotNull() & ~is_structure & ~plain.isin("true", "false")


def first_fault(faults: dict[str, Column], details: dict[str, str]) -> tuple[Column, Column]:
    """The first fault that holds, as its fixed word, and which field it is about."""
    reason, detail = F.lit(None).cast("string"), F.lit(None).cast("string")
    for word, holds in reversed(faults.items()):
        reason = F.when(holds, F.lit(word)).otherwise(reason)
        detail = F.when(holds, F.lit(details.get(word))).otherwise(detail)
    return reason, detail


def told(
    rows: DataFrame, kept: list[str], columns: Mapping[str, Column], faults: Faults
) -> DataFrame:
    """The columns `kept` of the rows and those of `PARSED`, null where `columns` names none.

    An object or a list that stands where a text is expected is none. `faults` are fixed word →
    whether it holds and which field it is about; they see the columns told, and the first that
    holds is the reason.
    """
    filled = {name: columns.get(name, F.lit(None)).cast(kind) for name, kind in PARSED.items()}
    plain = {name: _plain(filled[name]) for name in ("event_id", *TEXTS)}
    found = rows.withColumns(filled | plain)
    reason, detail = first_fault(
        {word: holds for word, (holds, _) in faults.items()},
        {word: field for word, (_, field) in faults.items()},
    )
    judged = found.withColumns({"reason": reason, "detail": detail})
    return judged.select(*kept, *PARSED)


def _plain(value: Column) -> Column:
    return F.when(~value.rlike(_A_STRUCTURE), value)


def money(value: Column) -> Column:
    """The amount a text tells, to two decimals; null where it tells none or does not fit."""
    return value.try_cast(MONEY)


def is_missing(name: str) -> Column:
    """Whether a text column is null or empty."""
    return F.col(name).isNull() | (F.col(name) == "")


def is_bad_amount(*given: Column) -> Column:
    """Whether one of the texts is given and is no amount, or a negative one."""
    is_bad = F.lit(False)  # noqa: FBT003
    for one in given:
        is_bad |= one.isNotNull() & ~F.coalesce(money(one) >= 0, F.lit(False))  # noqa: FBT003
    return is_bad


def is_unread(text: Column, moment: Column) -> Column:
    """Whether a text is given that names no moment."""
    return text.isNotNull() & moment.isNull()


def time_faults(field: str, *are_unread: Column) -> Faults:
    """`unreadable_time`, also of an event without a time, and `time_out_of_range`."""
    is_unreadable = F.col("event_at").isNull()
    for one in are_unread:
        is_unreadable |= one
    in_range = is_plausible(F.col("event_at")) & is_plausible(F.col("available_at"))
    return {"unreadable_time": (is_unreadable, field), "time_out_of_range": (~in_range, field)}
