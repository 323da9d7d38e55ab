"""Bytes of a record → the columns of an event, or the reason it is none."""

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

_MARK = "\ufeff"
_LONGEST = 1 << 30
_BUCKETS = 64


class Parser(Protocol):
    """What turns a source's records into the columns of an event.

    `body` says what it is given as `body`: the record's JSON object, its text, or nothing (bytes).
    `known` are the object's fields that the columns tell of; none is all of them.
    """

    @property
    def parsed(self) -> Callable[[DataFrame], DataFrame]:
        """Records with `body` → the same with the columns of an event, `reason` and `detail`."""

    @property
    def body(self) -> str:
        """One of json, text and bytes."""

    @property
    def known(self) -> tuple[str, ...]:
        """Names of fields."""


def parsed_records(
    records: DataFrame, parsers: Mapping[str, Parser], country_code: str
) -> DataFrame:
    """One row per record: the event it tells of, or `reason` and `detail` of its refusal.

    `parsers` are the sources' own, by name; records of other sources are refused as
    `unknown_source`.
    """
    by_parser: dict[Parser, list[str]] = {}
    for source, parser in parsers.items():
        by_parser.setdefault(parser, []).append(source)
    known = [
        _with_others(parser, _BODIES[parser.body](records.where(F.col("source").isin(sources))))
        for parser, sources in by_parser.items()
    ]
    union = reduce(DataFrame.unionByName, known)
    strange = _nothing(records.where(~F.col("source").isin(list(parsers))))
    strange = strange.withColumn("reason", F.lit("unknown_source"))
    rows = union.unionByName(strange, allowMissingColumns=True)
    fault = F.coalesce("fault", "reason")
    told = rows.select(
        "*",
        fault.alias("refusal"),
        F.sha2("raw", 256).alias("sha256"),
        hashed(F.col("source"), F.col("event_id")).alias("event_key"),
        shape_of(F.col("body")).alias("shape"),
    ).drop("body")
    return told.withColumns(
        {
            "bucket": _bucket(),
            "detail": F.when(F.col("fault").isNull(), F.col("detail")),
            "email": normalised_email(F.col("email")),
            "phone": normalised_phone(F.col("phone"), country_code),
            "event_on": F.to_date("event_at"),
        }
    )


def _with_others(parser: Parser, records: DataFrame) -> DataFrame:
    """What a parser makes of records, and `others`: the fields of their object it knows not of.

    Their names are looked at first: few records have any, and to take an object apart is slow.
    """
    parsed = parser.parsed(records)
    if parser.body != "json" or not parser.known:
        return parsed.withColumn("others", F.lit(None).cast("variant"))
    names = F.json_object_keys(_without_mark(F.col("raw").cast("string")))
    strange = F.array_except(names, F.array(*[F.lit(name) for name in parser.known]))
    found = parsed.withColumn("strange", F.when(F.col("body").isNotNull(), strange))
    fields = F.try_variant_get("body", "$", "map<string,variant>")
    others = F.map_filter(fields, lambda name, _: F.array_contains("strange", name))
    told = F.when(F.size("strange") > 0, F.to_variant_object(others))
    return found.withColumn("others", told).drop("strange")


def _nothing(records: DataFrame) -> DataFrame:
    """The records with no `body`; whatever their bytes are is right."""
    return records.withColumns(
        {"body": F.lit(None).cast("variant"), "fault": F.lit(None).cast("string")}
    )


def _texts(records: DataFrame) -> DataFrame:
    """The records with their text as `body`, or `fault` where it is none."""
    text = F.col("raw").cast("string")
    is_text = F.is_valid_utf8(text)
    body = F.when(is_text, F.regexp_replace(text, f"^{_MARK}", "").cast("variant"))
    return records.withColumns({"body": body, "fault": F.when(~is_text, "not_utf8")})


def _objects(records: DataFrame) -> DataFrame:
    """The records with their text as VARIANT `body`, or `fault` where it is not one JSON object."""
    raw = F.col("raw").cast("string")
    plain = F.ltrim(_without_mark(raw), F.lit(BLANKS))
    # The parser stops after the first value and lets anything follow. So the record stands in an
    # object, before a number of its own that it can't know: that is found in its place only if the
    # record is one whole value.
    parts = [F.lit('{"r":'), plain, F.lit(',"n":'), F.col("raw_hash").cast("string"), F.lit("}")]
    # Text that is not UTF-8 is not looked into.
    is_text = F.is_valid_utf8(raw)
    is_object = is_text & plain.startswith("{")
    # Columns of their own, one after the other: repeated, the record would be parsed again.
    together = records.withColumns(
        {
            "is_text": is_text,
            "together": F.when(is_object, F.try_parse_json(F.concat(*parts))),
        }
    )
    is_one = F.try_variant_get("together", "$.n", "long").eqNullSafe(F.col("raw_hash"))
    body = F.when(is_one, F.try_variant_get("together", "$.r", "variant"))
    found = together.withColumn("body", body)
    fault = F.when(~F.col("is_text"), "not_utf8").when(F.col("body").isNull(), "not_json")
    return found.withColumn("fault", fault).drop("is_text", "together")


def _without_mark(text: Column) -> Column:
    return F.when(text.startswith(_MARK), F.substring(text, 2, _LONGEST)).otherwise(text)


_BODIES: dict[str, Callable[[DataFrame], DataFrame]] = {
    "json": _objects,
    "text": _texts,
    "bytes": _nothing,
}


def _bucket() -> Column:
    return F.pmod(F.conv(F.substring("event_key", 1, 2), 16, 10).cast("int"), F.lit(_BUCKETS))
