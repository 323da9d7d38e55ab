"""CloudEvents 1.0: structured JSON, one event a line, or documents that are a batch of events.

Fields: https://github.com/cloudevents/spec, spec.md and formats/json-format.md. An event is unique
by source and id, so `event_id` is made of both. The structure of the data is up to the sender: the
settings `identifiers` (kind → path) and `columns` (event field → path) locate people and orders in
it, by dotted names such as `data.customer.email`. JSON in `data_base64`, or in a text in `data`, is
read as if it were in `data`.

The time is optional in the standard, but not here: an event without one, and without a path for
`event_at`, is rejected as `missing_time`. The standard has no time of receipt: without a path for
`received_at`, `available_at` is the time of the event.
"""

from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    Rejections,
    Warnings,
    amount_warning,
    identifier,
    is_missing,
    money,
    parsed_rows,
    present_identifiers,
    text_struct,
    time_rejections,
    time_warning,
    value_at,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import day_of, timestamp_of

_REQUIRED = ("id", "source", "specversion", "type")
_ATTRIBUTES = (*_REQUIRED, "time", "datacontenttype", "data_base64", "subject")
_FIELDS = text_struct(*_ATTRIBUTES)
_KNOWN = (*_ATTRIBUTES, "data")
_COPIED = ("order_id", "currency", "campaign", "email", "phone", "first_name", "last_name", "city",
           "country")  # fmt: skip
_PRODUCT_FIELDS = {"name": "product_name"}
_JSON = r"(?i)^[^/]+/([^;]+\+)?json\s*(;.*)?$"


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a record is rejected."""
    events = records.withColumn("fields", value_at("$", _FIELDS)).withColumn("data", _data())
    mapped = partial(_mapped, source)
    # A configured path takes precedence over the attribute.
    event_at = F.coalesce(timestamp_of(mapped("event_at")), timestamp_of(_field("time")))
    timed = events.withColumns(
        {"happened_at": event_at, "received_at": timestamp_of(mapped("received_at"))}
    )
    rejections, warnings = _rejections(source), _warnings(source)
    return parsed_rows(timed, records.columns, _columns(source), rejections, warnings)


def _field(name: str) -> Column:
    return F.nullif(F.col(f"fields.{name}"), F.lit(""))


def _required(name: str) -> Column:
    """A required attribute; null if it is an object or a list."""
    return F.when(~_field(name).rlike(r"^\s*[\[{]"), _field(name))


def _data() -> Column:
    is_json = F.coalesce(_field("datacontenttype").rlike(_JSON), F.lit(True))  # noqa: FBT003
    text = F.try_to_binary(_field("data_base64"), F.lit("base64")).cast("string")
    decoded = F.when(is_json & F.is_valid_utf8(text), F.try_parse_json(text))
    # Some senders encode the data twice: a text that is an object or a list is read as such.
    inner = value_at("$.data")
    is_encoded = is_json & F.schema_of_variant(value_at("$.data", "variant")).eqNullSafe("STRING")
    twice = F.when(is_encoded & inner.rlike(r"^\s*[\[{]"), F.try_parse_json(inner))
    return F.coalesce(decoded, twice, value_at("$.data", "variant"))


def path_of(dotted: str) -> str:
    """The path of a dotted name, each part quoted so that it may contain any characters."""
    marks = ['"' if "'" in part else "'" for part in dotted.split(".")]
    parts = zip(marks, dotted.split("."), strict=True)
    return "$" + "".join(f"[{mark}{part}{mark}]" for mark, part in parts)


def _value_named(dotted: str) -> Column:
    """The text at a dotted name in the event."""
    head, _, rest = dotted.partition(".")
    if head == "data" and rest:
        return F.try_variant_get("data", path_of(rest), "string")
    return value_at(path_of(dotted))


def _mapped(source: SourceSettings, name: str) -> Column:
    if name not in source.columns:
        return F.lit(None).cast("string")
    return _value_named(source.columns[name])


def _columns(source: SourceSettings) -> dict[str, Column]:
    mapped = partial(_mapped, source)
    # `#` in the id is escaped, so that different pairs of source and id give different texts.
    own_id = F.replace(_required("id"), F.lit("%"), F.lit("%25"))
    own_id = F.concat(_required("source"), F.lit("#"), F.replace(own_id, F.lit("#"), F.lit("%23")))
    return {
        "event_id": F.coalesce(mapped("event_id"), own_id),
        "type": F.lit("track"),
        "name": _field("type"),
        "event_at": F.col("happened_at"),
        "available_at": F.coalesce("received_at", "happened_at"),
        "amount": money(mapped("amount")),
        "birth_on": day_of(mapped("birth_on")),
        "products": _products(source),
        "properties": F.col("data"),
        "context": F.try_parse_json(
            F.to_json(F.struct("fields.source", "fields.subject", "fields.datacontenttype"))
        ),
        "identifiers": present_identifiers(
            [identifier(kind, _value_named(dotted)) for kind, dotted in source.identifiers.items()]
        ),
        **{name: mapped(name) for name in _COPIED},
    }


def _products(source: SourceSettings) -> Column:
    fields = [
        _mapped(source, _PRODUCT_FIELDS.get(one.name, one.name))
        .try_cast(one.dataType)
        .alias(one.name)
        for one in PRODUCT
    ]
    return F.when(_mapped(source, "product_id").isNotNull(), F.array(F.struct(*fields)))


def _rejections(source: SourceSettings) -> Rejections:
    mapped, columns = partial(_mapped, source), source.columns
    time = columns.get("event_at", "time")
    given = F.coalesce(mapped("event_at"), _field("time"))
    twice = value_at("$.data").isNotNull() & _field("data_base64").isNotNull()
    return {
        "missing_source": (_required("source").isNull(), "source"),
        "missing_id": (_required("id").isNull() | is_missing("event_id"), "id"),
        "missing_version": (_field("specversion").isNull(), "specversion"),
        "missing_type": (is_missing("name"), "type"),
        "unknown_version": (_field("specversion") != "1.0", "specversion"),
        "doubled_data": (twice, "data and data_base64"),
        "missing_time": (given.isNull(), time),
        **time_rejections(time),
    }


def _warnings(source: SourceSettings) -> Warnings:
    mapped = partial(_mapped, source)
    given = {"time": _field("time")}
    given |= {
        source.columns[name]: mapped(name)
        for name in ("event_at", "received_at")
        if name in source.columns
    }
    amount = amount_warning(source.columns.get("amount", ""), mapped("amount"))
    times = [time_warning(path, text, timestamp_of(text)) for path, text in given.items()]
    return [*times, amount]


_SETTINGS = ("columns", "identifiers")
FORMATS = (
    Format("cloudevents", "lines", parsed, known=_KNOWN, settings=_SETTINGS),
    Format("cloudevents_batch", "json", parsed, known=_KNOWN, settings=_SETTINGS),
)
