"""Parses the bytes of a record into the columns of an event, or a rejection reason."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Protocol

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.silver.shapes import shape_of
from cdp_spark.values.email import normalised_email
from cdp_spark.values.phone import normalised_phone
from cdp_spark.values.text import BLANKS
from cdp_spark.values.token import hashed

_BOM = "\ufeff"
_LONGEST = 1 << 30
_BUCKETS = 64


class Parser(Protocol):
    """Parses the records of a source into the columns of an event.

    `body` is the content of the field `record` in the VARIANT `body`: the JSON object of the
    record, its text, or nothing (bytes).
    `known` are the fields of the object that the columns cover; empty means all.
    """

    @property
    def parsed(self) -> Callable[[DataFrame], DataFrame]:
        """Records with `body` → records with the columns of an event, `reason` and `detail`."""

    @property
    def body(self) -> str:
        """One of json, text and bytes."""

    @property
    def known(self) -> tuple[str, ...]:
        """Names of known fields."""


def parsed_records(
    records: DataFrame, parsers: Mapping[str, Parser], country_code: str
) -> DataFrame:
    """One row per record: its event, or `rejection_reason` and `detail`.

    `parsers` are by source name; records of other sources are rejected as `unknown_source`.
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
    event_key = hashed(F.col("source"), F.col("event_id"))
    columns = {
        "rejection_reason": F.coalesce("body_error", "reason"),
        "detail": F.when(F.col("body_error").isNull(), F.col("detail")),
        "sha256": F.sha2("raw", 256),
        "event_key": event_key,
        "bucket": _bucket(event_key),
        "email": normalised_email(F.col("email")),
        "phone": normalised_phone(F.col("phone"), country_code),
        "event_on": F.to_date("event_at"),
    }
    return rows.withColumns(columns).drop("body_error", "reason")


def _parsed(parser: Parser, records: DataFrame) -> DataFrame:
    """The parsed records with `shape` and `others`, computed first because `body` is dropped."""
    with_body = _BODIES[parser.body](records)
    columns = {"shape": shape_of(F.col("body")), "others": _unknown_fields(parser)}
    return parser.parsed(with_body.withColumns(columns)).drop("body")


def _unknown_fields(parser: Parser) -> Column:
    """The fields of a record that the parser does not know.

    Names are compared first: few records have such fields, and converting an object is slow.
    """
    if parser.body != "json" or not parser.known:
        return F.lit(None).cast("variant")
    names = F.json_object_keys(_without_bom(F.col("raw").cast("string")))
    unknown = F.array_except(names, F.array(*[F.lit(name) for name in parser.known]))
    fields = F.try_variant_get("body", "$.record", "map<string,variant>")
    extra = F.map_filter(fields, lambda name, _: F.array_contains(unknown, name))
    has_extra = F.col("body").isNotNull() & (F.size(unknown) > 0)
    return F.when(has_extra, F.to_variant_object(extra))


def _without_body(records: DataFrame) -> DataFrame:
    """The records with a null `body`; any bytes are accepted."""
    return records.withColumns(
        {"body": F.lit(None).cast("variant"), "body_error": F.lit(None).cast("string")}
    )


def _texts(records: DataFrame) -> DataFrame:
    """The records with their text as `record` of `body`, or a `body_error` if it is not UTF-8."""
    text = F.col("raw").cast("string")
    is_text = F.is_valid_utf8(text)
    record = F.struct(F.regexp_replace(text, f"^{_BOM}", "").alias("record"))
    body = F.when(is_text, F.to_variant_object(record))
    return records.withColumns({"body": body, "body_error": F.when(~is_text, "not_utf8")})


def _objects(records: DataFrame) -> DataFrame:
    """The records with their JSON object as `record` of `body`, or a `body_error` without one."""
    raw = F.col("raw").cast("string")
    plain = F.ltrim(_without_bom(raw), F.lit(BLANKS))
    # The JSON parser stops after the first value and ignores the rest. So the record is wrapped in
    # an object together with its hash: the hash is found only if the record is one whole value.
    # The record stays in that object: extracting it would encode it again.
    number = F.col("raw_hash").cast("string")
    parts = [F.lit('{"record":'), plain, F.lit(',"check":'), number, F.lit("}")]
    # Text that is not UTF-8 is not parsed.
    is_text = F.is_valid_utf8(raw)
    is_object = is_text & plain.startswith("{")
    # Separate columns, because a repeated expression would parse the record again.
    wrapped = records.withColumns(
        {
            "is_text": is_text,
            "body": F.when(is_object, F.try_parse_json(F.concat(*parts))),
        }
    )
    is_one = F.try_variant_get("body", "$.check", "long").eqNullSafe(F.col("raw_hash"))
    error = F.when(is_one, F.lit(None)).when(F.col("is_text"), "not_json").otherwise("not_utf8")
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
