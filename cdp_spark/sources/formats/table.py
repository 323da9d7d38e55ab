"""Tables in files or databases: each row is an event, mapped by `columns` in conf/sources.yaml.

A column may be a path into nested objects, such as `device.id`; a column with exactly this name
takes precedence if it has a value. Without `event_at`, the time of an event is that of the delivery
of its file.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    PARSED,
    Rejections,
    amount_warning,
    first_rejection,
    identifier,
    money,
    present_identifiers,
    time_rejections,
    time_warning,
    value_at,
    warnings_of,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import day_of, timestamp_of

_COPIED = ("order_id", "currency", "campaign", "email", "phone", "first_name", "last_name", "city",
           "country")  # fmt: skip
_PRODUCT_FIELDS = {"name": "product_name"}


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a row is rejected."""
    found = records.withColumns(_columns(source))
    reason, detail = first_rejection(_rejections(source))
    return found.withColumns({"reason": reason, "detail": detail}).select(
        *records.columns, *[F.col(name).cast(kind).alias(name) for name, kind in PARSED.items()]
    )


def _cell(source: SourceSettings, name: str) -> Column:
    if name not in source.columns:
        return F.lit(None).cast("string")
    return _column(source.columns[name])


def _column(name: str) -> Column:
    own = value_at(f"${_key(name)}")
    parts = name.split(".")
    if len(parts) == 1 or not all(parts):
        return own
    nested = reduce(str.__add__, map(_key, parts), "$")
    return F.coalesce(own, value_at(nested))


def _key(name: str) -> str:
    """A step of a VARIANT path; the settings allow no name with both kinds of quotes."""
    quote = '"' if "'" in name else "'"
    return f"[{quote}{name}{quote}]"


def _event_at(source: SourceSettings) -> Column:
    if "event_at" not in source.columns:
        return F.col("delivered_at")
    return timestamp_of(_cell(source, "event_at"))


def _columns(source: SourceSettings) -> dict[str, Column]:
    event_at = _event_at(source)
    amount = _cell(source, "amount")
    received, received_at = _cell(source, "received_at"), source.columns.get("received_at", "")
    warnings = [
        amount_warning(source.columns.get("amount", ""), amount),
        time_warning(received_at, received, timestamp_of(received)),
    ]
    return {
        "event_id": _cell(source, "event_id"),
        "type": F.lit("track"),
        "name": F.lit(source.event),
        "account_id": F.lit(None),
        "event_at": event_at,
        "available_at": F.coalesce(timestamp_of(_cell(source, "received_at")), event_at),
        "amount": money(amount),
        "warnings": warnings_of(warnings),
        "birth_on": day_of(_cell(source, "birth_on")),
        "products": _products(source),
        "consent": F.lit(None),
        "properties": value_at("$", "variant"),
        "traits": F.lit(None),
        "context": F.lit(None),
        "identifiers": present_identifiers(
            [identifier(kind, _column(name)) for kind, name in source.identifiers.items()]
        ),
        **{name: _cell(source, name) for name in _COPIED},
    }


def _products(source: SourceSettings) -> Column:
    fields = [
        _cell(source, _PRODUCT_FIELDS.get(one.name, one.name))
        .try_cast(one.dataType)
        .alias(one.name)
        for one in PRODUCT
    ]
    has_product = _cell(source, "product_id").isNotNull()
    return F.when(has_product, F.array(F.struct(*fields)))


def _rejections(source: SourceSettings) -> Rejections:
    columns = source.columns
    is_missing_id = F.col("event_id").isNull() | (F.col("event_id") == "")
    return {
        "missing_id": (is_missing_id, columns.get("event_id", "no column for event_id")),
        **time_rejections(columns.get("event_at", "when the file was delivered")),
    }


FORMATS = (
    Format("json", "lines", parsed),
    Format("json_document", "json", parsed),
    Format("csv", "csv", parsed),
    Format("fixed", "fixed", parsed),
    Format("excel", "excel", parsed),
    Format("xml", "xml", parsed),
    Format("parquet", "parquet", parsed),
    Format("avro", "avro", parsed),
    Format("orc", "orc", parsed),
    Format("table", "rows", parsed),
)
