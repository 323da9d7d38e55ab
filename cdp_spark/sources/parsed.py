"""The columns every format parses into."""

from collections.abc import Iterable, Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import EARLIEST
from cdp_spark.values.text import stripped

IDENTIFIER = T.StructType(
    [T.StructField("kind", T.StringType()), T.StructField("value", T.StringType())]
)
TEXTS = ("type", "name", "account_id", "order_id", "currency", "campaign", "email", "phone",
         "first_name", "last_name", "city", "country")  # fmt: skip
WARNING = T.StructType(
    [T.StructField("rule", T.StringType()), T.StructField("path", T.StringType())]
)
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
    "warnings": T.ArrayType(WARNING).simpleString(),
    "reason": "string",
    "detail": "string",
}
MONEY = "decimal(18,2)"
Rejections = Mapping[str, tuple[Column, str]]
Warnings = Iterable[tuple[str, str, Column]]  # rule, field of the record, condition
_A_STRUCTURE = r"(?s)^\s*(\{.*\}|\[.*\])\s*$"


def text_struct(*names: str, **others: str) -> str:
    """The DDL of a struct of text fields and of fields of other types."""
    fields = dict.fromkeys(names, "string") | others
    return f"struct<{','.join(f'{name}:{kind}' for name, kind in fields.items())}>"


def value_at(path: str, kind: str = "string") -> Column:
    """The value at a path of the record; null if it is missing or of another type.

    The record is the first element of `body`.
    """
    return F.try_variant_get("body", f"$[0]{path[1:]}", kind)


def identifier(kind: str, value: Column) -> Column:
    """One identifier as received."""
    return F.struct(F.lit(kind).alias("kind"), value.cast("string").alias("value"))


def present_identifiers(identifiers: list[Column]) -> Column:
    """The identifiers that have a value; objects, lists and booleans are not identifiers."""
    filled = F.array(*[F.when(_is_value(one["value"]), one) for one in identifiers])
    # array_compact would make Spark interpret all expressions inside it.
    return F.array_except(filled, F.array(F.lit(None).cast(IDENTIFIER)))


def _is_value(value: Column) -> Column:
    plain = stripped(value)
    # A GUID may be in braces, and so is a template that was never filled in: neither is an object.
    is_object = plain.startswith("{") & plain.rlike(r"^\{\s*[\"}]")
    is_structure = is_object | plain.startswith("[")
    return value.isNotNull() & ~is_structure & ~plain.isin("true", "false")


def first_rejection(rejections: Rejections) -> tuple[Column, Column]:
    """The first rejection that applies: its reason code and the field it is about."""
    reason, detail = F.lit(None).cast("string"), F.lit(None).cast("string")
    for code, (applies, field) in reversed(tuple(rejections.items())):
        reason = F.when(applies, F.lit(code)).otherwise(reason)
        detail = F.when(applies, F.lit(field)).otherwise(detail)
    return reason, detail


def parsed_rows(
    rows: DataFrame,
    kept: list[str],
    columns: Mapping[str, Column],
    rejections: Rejections,
    warnings: Warnings = (),
) -> DataFrame:
    """The columns `kept` of the rows and those of `PARSED`, null if not in `columns`.

    An object or a list in place of a text becomes null. `rejections` map a reason code to its
    condition and field; conditions see the parsed columns, and the first that applies is the
    reason. `warnings` are as in `warnings_of`; their conditions see the columns of `rows`.
    """
    columns = {"warnings": warnings_of(warnings), **columns}
    filled = {name: columns.get(name, F.lit(None)).cast(kind) for name, kind in PARSED.items()}
    plain = {name: _plain(filled[name]) for name in ("event_id", *TEXTS)}
    found = rows.withColumns(filled | plain)
    reason, detail = first_rejection(rejections)
    checked = found.withColumns({"reason": reason, "detail": detail})
    return checked.select(*kept, *PARSED)


def _plain(value: Column) -> Column:
    return F.when(~value.rlike(_A_STRUCTURE), value)


def money(value: Column) -> Column:
    """The amount in a text, to two decimals; null if it is not a number or too large."""
    return value.try_cast(MONEY)


def is_missing(name: str) -> Column:
    """Whether a text column is null or empty."""
    return F.col(name).isNull() | (F.col(name) == "")


def warnings_of(found: Warnings) -> Column:
    """The warnings that apply to a record, in the order given; null if none does."""
    found = [*found]
    each = [
        F.when(applies, F.struct(F.lit(rule).alias("rule"), F.lit(path).alias("path")))
        for rule, path, applies in found
    ]
    none = F.lit(None).cast(T.ArrayType(WARNING))
    if not each:
        return none
    # array_compact would make Spark interpret all expressions inside it.
    some = F.array_except(F.array(*each), F.array(F.lit(None).cast(WARNING)))
    # Unlike `or`, `greatest` evaluates all conditions, so that Spark shares with other columns what
    # they have in common, such as the parsing of times: in branches it is generated once per use.
    return F.when(F.greatest(F.lit(False), *[one for _, _, one in found]), some).otherwise(none)  # noqa: FBT003


def is_given(text: Column) -> Column:
    """Whether a text holds anything but blanks and the words that software writes for nothing."""
    return text.isNotNull() & ~F.lower(stripped(text)).isin("", "null", "none", "undefined")


def amount_warning(path: str, text: Column) -> tuple[str, str, Column]:
    """The warning for an amount that is given but is no number, or too large for `money`."""
    return ("unreadable_amount", path, money(text).isNull() & is_given(text))


def time_warning(path: str, text: Column, moment: Column) -> tuple[str, str, Column]:
    """The warning for a text in place of a time, `null` too, that could not be parsed."""
    return ("unreadable_time", path, moment.isNull() & (stripped(text) != ""))


def time_rejections(field: str) -> Rejections:
    """Conditions of `unreadable_time`, which includes a missing time, and `time_out_of_range`.

    A time that is too late is no reason: silver holds it at the receipt of the record.
    """
    is_early = F.col("event_at") < F.lit(EARLIEST).cast("timestamp")
    return {
        "unreadable_time": (F.col("event_at").isNull(), field),
        "time_out_of_range": (is_early, field),
    }
