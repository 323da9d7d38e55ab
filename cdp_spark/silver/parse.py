"""Parses the bytes of a record into the columns of an event, or a rejection reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.semantics.parser import Parser
from cdp_spark.silver.identifiers import with_spellings
from cdp_spark.silver.shapes import shape_of
from cdp_spark.silver.spelling import Spellings
from cdp_spark.values.currency import currency_code
from cdp_spark.values.moment import is_plausible
from cdp_spark.values.placeholder import without_nothing
from cdp_spark.values.text import BLANKS, stripped
from cdp_spark.values.token import hashed

_BOM = "\ufeff"
_LONGEST = 1 << 30
_BUCKETS = 64
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"  # JSON has them as escapes only
# Half of a character beyond the first 65,536, such as an emoji that was cut: \ud83d.
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF_CHARACTER = rf"(?s)^\{{.*({_HIGH}(?!{_LOW})|(?<!{_HIGH}){_LOW})"
_SINGLE_QUOTED = r"[{,:\[]\s*'"
_WARNING = "struct<rule:string,path:string>"
_WARNINGS = f"array<{_WARNING}>"


@dataclass(frozen=True)
class Normalisation:
    """How values are normalised: the spellings of identifiers, and the clocks' tolerance."""

    spellings: Spellings
    clock_tolerance: timedelta


def parsed_records(
    records: DataFrame, parsers: Mapping[str, Parser], normalisation: Normalisation
) -> DataFrame:
    """One row per record: its event, or `rejection_reason` and `detail`.

    `parsers` are by source name; records of other sources are rejected as `unknown_source`.
    An event that is later than its receipt by more than the clocks' tolerance happened at its
    receipt. `warnings` name the rule and the field of each value that could not be used.
    """
    by_parser: dict[Parser, list[str]] = {}
    for source, parser in parsers.items():
        by_parser.setdefault(parser, []).append(source)
    parsed = [
        _parsed(parser, records.where(F.col("source").isin(sources)))
        for parser, sources in by_parser.items()
    ]
    union = reduce(DataFrame.unionByName, parsed)
    unknown = _without_body(records.where(~F.col("source").isin(list(parsers))))
    unknown = unknown.withColumn("reason", F.lit("unknown_source")).drop("body")
    rows = union.unionByName(unknown, allowMissingColumns=True)
    # All orders of the id "null" would be one order, and their customers be rebuilt together.
    rows = rows.withColumn("order_id", without_nothing(F.col("order_id")))
    rows = with_spellings(rows, normalisation.spellings)
    rows = rows.withColumns(_receipts(normalisation.clock_tolerance))
    event_key = hashed(F.col("source"), F.col("event_id"))
    account_key = hashed(_namespace(normalisation.spellings, "account_id"), F.col("account_id"))
    columns = {
        "rejection_reason": F.coalesce("body_error", "reason"),
        "detail": F.when(F.col("body_error").isNull(), F.col("detail")),
        "sha256": F.sha2("raw", 256),
        "event_key": event_key,
        "bucket": _bucket(event_key),
        "order_namespace": _namespace(normalisation.spellings, "order_id"),
        "account_key": F.when(F.col("account_id").isNotNull(), account_key),
        "currency": currency_code(F.col("currency")),
        "event_at": F.when(F.col("is_ahead"), F.col("receipt_at")).otherwise(F.col("event_at")),
        "raw_currency": F.col("currency"),
    }
    found = rows.withColumns(columns)
    finished = {
        "available_at": F.coalesce("received_at", "event_at"),
        "event_on": F.to_date("event_at"),
        "warnings": _with_own_warnings(F.col("warnings")),
    }
    return found.withColumns(finished).drop("body_error", "reason", *_HELD)


_HELD = ("received_at", "receipt_at", "is_ahead", "raw_currency", "spelling_warnings")


def _namespace(spellings: Spellings, kind: str) -> Column:
    """The namespace of order_id or account_id, which is `kind`; null without a value."""
    source = F.col("source")
    pairs = [F.lit(part) for pair in spellings.namespaces_of(kind).items() for part in pair]
    shared = F.coalesce(F.element_at(F.create_map(*pairs), source), source) if pairs else source
    return F.when(F.col(kind).isNotNull(), shared)


def _receipts(tolerance: timedelta) -> dict[str, Column]:
    """`received_at`, `receipt_at` and `is_ahead`: whether an event is later than its receipt.

    A receipt that the sender gives is believed unless it is later than the record's own arrival.
    """
    arrived = F.greatest("delivered_at", "landed_at")
    allowed, available = F.lit(tolerance), F.col("available_at")
    is_likely = is_plausible(available) & (available <= arrived + allowed)
    received = F.when(is_likely, available)
    receipt = F.coalesce(received, arrived)
    return {
        "received_at": received,
        "receipt_at": receipt,
        "is_ahead": F.coalesce(F.col("event_at") > receipt + allowed, F.lit(False)),  # noqa: FBT003
    }


def _with_own_warnings(warnings: Column) -> Column:
    """The warnings of the format and those of the values that are normalised here."""
    is_given = F.coalesce(stripped(F.col("raw_currency")) != "", F.lit(False))  # noqa: FBT003
    own = [
        ("unreadable_currency", "currency", is_given & F.col("currency").isNull()),
        ("ahead_of_receipt", "event_at", F.col("is_ahead")),
    ]
    each = [
        F.when(applies, F.struct(F.lit(rule).alias("rule"), F.lit(path).alias("path")))
        for rule, path, applies in own
    ]
    has_own = F.coalesce(*each, F.get("spelling_warnings", 0)).isNotNull()
    given, of_spelling = (
        F.coalesce(one, F.array().cast(_WARNINGS)) for one in (warnings, F.col("spelling_warnings"))
    )
    some = F.array_except(F.array(*each), F.array(F.lit(None).cast(_WARNING)))
    return F.when(has_own, F.concat(given, of_spelling, some)).otherwise(warnings)


def _parsed(parser: Parser, records: DataFrame) -> DataFrame:
    """The parsed records with `shape` and `extra`, computed first because `body` is dropped."""
    with_body = _BODIES[parser.body](records)
    columns = {"shape": shape_of(F.col("body")), "extra": _unknown_fields(parser)}
    return parser.parsed(with_body.withColumns(columns)).drop("body")


def _unknown_fields(parser: Parser) -> Column:
    """The fields of a record that the parser does not know.

    Names are compared first: few records have such fields, and converting an object is slow.
    """
    if parser.body != "json" or not parser.known:
        return F.lit(None).cast("variant")
    names = F.json_object_keys(_without_bom(F.col("raw").cast("string")))
    unknown = F.array_except(names, F.array(*[F.lit(name) for name in parser.known]))
    fields = F.try_variant_get("body", "$[0]", "map<string,variant>")
    extra = F.map_filter(fields, lambda name, _: F.array_contains(unknown, name))
    has_extra = F.col("body").isNotNull() & (F.size(unknown) > 0)
    return F.when(has_extra, F.to_variant_object(extra))


def _without_body(records: DataFrame) -> DataFrame:
    """The records with a null `body`; any bytes are accepted."""
    return records.withColumns(
        {"body": F.lit(None).cast("variant"), "body_error": F.lit(None).cast("string")}
    )


def _texts(records: DataFrame) -> DataFrame:
    """The records with their text in `body`, or a `body_error` if it is not UTF-8."""
    text = F.col("raw").cast("string")
    is_text = F.is_valid_utf8(text)
    record = F.array(F.regexp_replace(text, f"^{_BOM}", ""))
    body = F.when(is_text, F.to_variant_object(record))
    return records.withColumns({"body": body, "body_error": F.when(~is_text, "not_utf8")})


def _objects(records: DataFrame) -> DataFrame:
    """The records with their JSON object in `body`, or a `body_error` without one."""
    raw = F.col("raw").cast("string")
    plain = F.ltrim(_without_bom(raw), F.lit(BLANKS))
    # The JSON parser stops after the first value and ignores the rest. So the record is wrapped in
    # an array together with its hash: the hash is the second element only if the record is one
    # whole value. In an object, the text `{"a":1},"b":{}` would be two fields.
    # The record stays in that array: extracting it would encode it again.
    number = F.col("raw_hash").cast("string")
    whole = F.concat(F.lit("["), plain, F.lit(","), number, F.lit("]"))
    # Text that is not UTF-8 is not parsed.
    is_text = F.is_valid_utf8(raw)
    is_object = is_text & plain.startswith("{")
    # Separate columns, because a repeated expression would parse the record again.
    wrapped = records.withColumns(
        {
            "is_text": is_text,
            "body": F.when(is_object, F.try_parse_json(whole)),
        }
    )
    is_one = F.try_variant_get("body", "$[1]", "long").eqNullSafe(F.col("raw_hash"))
    # Only records that can't be parsed are looked at again. This parser takes duplicate keys, but
    # single quotes as well.
    is_lenient = (
        is_object
        & ~plain.rlike(_SINGLE_QUOTED)
        & F.get_json_object(whole, "$[1]").eqNullSafe(number)
    )
    error = (
        F.when(is_one, F.lit(None))
        .when(~F.col("is_text"), "not_utf8")
        .when(plain.rlike(_HALF_CHARACTER), "half_character")
        .when(is_lenient & ~plain.rlike(_CONTROL), "duplicate_key")
        .otherwise("not_json")
    )
    body = F.when(is_one, F.col("body"))
    return wrapped.withColumns({"body": body, "body_error": error}).drop("is_text")


def _without_bom(text: Column) -> Column:
    return F.when(text.startswith(_BOM), F.substring(text, 2, _LONGEST)).otherwise(text)


_BODIES: dict[str, Callable[[DataFrame], DataFrame]] = {
    "json": _objects,
    "text": _texts,
    "bytes": _without_body,
}


def _bucket(event_key: Column) -> Column:
    return F.pmod(F.conv(F.substring(event_key, 1, 2), 16, 10).cast("int"), F.lit(_BUCKETS))
