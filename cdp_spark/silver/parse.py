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

    `body` says what stands in the field `record` of the VARIANT `body` it is given: the record's
    JSON object, its text, or nothing (bytes).
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
        _parsed(parser, records.where(F.col("source").isin(sources)))
        for parser, sources in by_parser.items()
    ]
    union = reduce(DataFrame.unionByName, known)
    strange = _nothing(records.where(~F.col("source").isin(list(parsers))))
    strange = strange.withColumn("reason", F.lit("unknown_source")).drop("body")
    rows = union.unionByName(strange, allowMissingColumns=True)
    event_key = hashed(F.col("source"), F.col("event_id"))
    told = {
        "refusal": F.coalesce("fault", "reason"),
        "detail": F.when(F.col("fault").isNull(), F.col("detail")),
        "sha256": F.sha2("raw", 256),
        "event_key": event_key,
        "bucket": _bucket(event_key),
        "email": normalised_email(F.col("email")),
        "phone": normalised_phone(F.col("phone"), country_code),
        "event_on": F.to_date("event_at"),
    }
    return rows.withColumns(told).drop("fault", "reason")


def _parsed(parser: Parser, records: DataFrame) -> DataFrame:
    """The parsed records with `shape` and `others`, computed first so that `body` ends here."""
    given = _BODIES[parser.body](records)
    told = {"shape": shape_of(F.col("body")), "others": _others(parser)}
    return parser.parsed(given.withColumns(told)).drop("body")


def _others(parser: Parser) -> Column:
    """The fields of a record that the parser does not know.

    Names are compared first: few records have such fields, and taking an object apart is slow.
    """
    if parser.body != "json" or not parser.known:
        return F.lit(None).cast("variant")
    names = F.json_object_keys(_without_mark(F.col("raw").cast("string")))
    strange = F.array_except(names, F.array(*[F.lit(name) for name in parser.known]))
    fields = F.try_variant_get("body", "$.record", "map<string,variant>")
    others = F.map_filter(fields, lambda name, _: F.array_contains(strange, name))
    is_strange = F.col("body").isNotNull() & (F.size(strange) > 0)
    return F.when(is_strange, F.to_variant_object(others))


def _nothing(records: DataFrame) -> DataFrame:
    """The records with no `body`; whatever their bytes are is right."""
    return records.withColumns(
        {"body": F.lit(None).cast("variant"), "fault": F.lit(None).cast("string")}
    )


def _texts(records: DataFrame) -> DataFrame:
    """The records with their text as `record` of `body`, or a `fault` if it is not UTF-8."""
    text = F.col("raw").cast("string")
    is_text = F.is_valid_utf8(text)
    record = F.struct(F.regexp_replace(text, f"^{_MARK}", "").alias("record"))
    body = F.when(is_text, F.to_variant_object(record))
    return records.withColumns({"body": body, "fault": F.when(~is_text, "not_utf8")})


def _objects(records: DataFrame) -> DataFrame:
    """The records with their JSON object as `record` of `body`, or a `fault` if there is none."""
    raw = F.col("raw").cast("string")
    plain = F.ltrim(_without_mark(raw), F.lit(BLANKS))
    # The JSON parser stops after the first value and ignores what follows. So the record is put
    # into an object, followed by its own hash, which is found in its place only if the record is
    # one whole value. The record stays in that object: taking it out would encode it again.
    number = F.col("raw_hash").cast("string")
    parts = [F.lit('{"record":'), plain, F.lit(',"check":'), number, F.lit("}")]
    # Text that is not UTF-8 is not looked into.
    is_text = F.is_valid_utf8(raw)
    is_object = is_text & plain.startswith("{")
    # Columns of their own, one after the other: repeated, the record would be parsed again.
    wrapped = records.withColumns(
        {
            "is_text": is_text,
            "body": F.when(is_object, F.try_parse_json(F.concat(*parts))),
        }
    )
    is_one = F.try_variant_get("body", "$.check", "long").eqNullSafe(F.col("raw_hash"))
    fault = F.when(is_one, F.lit(None)).when(F.col("is_text"), "not_json").otherwise("not_utf8")
    body = F.when(is_one, F.col("body"))
    return wrapped.withColumns({"body": body, "fault": fault}).drop("is_text")


def _without_mark(text: Column) -> Column:
    return F.when(text.startswith(_MARK), F.substring(text, 2, _LONGEST)).otherwise(text)


_BODIES: dict[str, Callable[[DataFrame], DataFrame]] = {
    "json": _objects,
    "text": _texts,
    "bytes": _nothing,
}


def _bucket(event_key: Column) -> Column:
    return F.pmod(F.conv(F.substring(event_key, 1, 2), 16, 10).cast("int"), F.lit(_BUCKETS))
