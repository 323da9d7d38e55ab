"""CloudEvents 1.0: structured JSON, one event a line, or documents that are a batch of events.

Fields: https://github.com/cloudevents/spec, spec.md and formats/json-format.md. An event is unique
by source and id, so both are its `event_id`. What the data says of a person or an order is the
sender's own: `identifiers` (kind → place) and `columns` (event field → place) of the source say
where it stands, by dotted names such as `data.customer.email`. Data that come as `data_base64` are
read as if they stood in `data`, where their content type is JSON.

The time is optional in the standard, but not here: an event without one, and without a place for
`event_at`, is refused as `missing_time`. Nothing tells when it was received, unless `received_at`
has a place: `available_at` is then the time of the event.
"""

from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    Faults,
    at,
    is_bad_amount,
    is_missing,
    is_unread,
    money,
    present,
    seen,
    texts,
    time_faults,
    told,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import day_of, moment_of

_REQUIRED = ("id", "source", "specversion", "type")
_ATTRIBUTES = (*_REQUIRED, "time", "datacontenttype", "data_base64", "subject")
_SAID = texts(*_ATTRIBUTES)
_KNOWN = (*_ATTRIBUTES, "data")
_COPIED = ("order_id", "currency", "campaign", "email", "phone", "first_name", "last_name", "city",
           "country")  # fmt: skip
_PRODUCT_FIELDS = {"name": "product_name"}
_JSON = r"(?i)^[^/]+/([^;]+\+)?json\s*(;.*)?$"


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` says why a record is no event."""
    events = records.withColumn("said", at("$", _SAID)).withColumn("data", _data())
    place = partial(_placed, source)
    # What the source has a place for wins over the attribute.
    event_at = F.coalesce(moment_of(place("event_at")), moment_of(_said("time")))
    timed = events.withColumns(
        {"happened_at": event_at, "received_at": moment_of(place("received_at"))}
    )
    return told(timed, records.columns, _told(source), _faults(source))


def _said(name: str) -> Column:
    return F.nullif(F.col(f"said.{name}"), F.lit(""))


def _required(name: str) -> Column:
    """An attribute that must be there; null where a structure stands instead."""
    return F.when(~_said(name).rlike(r"^\s*[\[{]"), _said(name))


def _data() -> Column:
    is_json = F.coalesce(_said("datacontenttype").rlike(_JSON), F.lit(True))  # noqa: FBT003
    text = F.try_to_binary(_said("data_base64"), F.lit("base64")).cast("string")
    decoded = F.when(is_json & F.is_valid_utf8(text), F.try_parse_json(text))
    return F.coalesce(decoded, at("$.data", "variant"))


def path_of(dotted: str) -> str:
    """The path of a dotted name, each part quoted, so that it may hold blanks, marks or digits."""
    marks = ['"' if "'" in part else "'" for part in dotted.split(".")]
    parts = zip(marks, dotted.split("."), strict=True)
    return "$" + "".join(f"[{mark}{part}{mark}]" for mark, part in parts)


def _place(dotted: str) -> Column:
    """The text at a dotted name of the event."""
    head, _, rest = dotted.partition(".")
    if head == "data" and rest:
        return F.try_variant_get("data", path_of(rest), "string")
    return at(path_of(dotted))


def _placed(source: SourceSettings, name: str) -> Column:
    if name not in source.columns:
        return F.lit(None).cast("string")
    return _place(source.columns[name])


def _told(source: SourceSettings) -> dict[str, Column]:
    place = partial(_placed, source)
    # A `#` of the id's own is written otherwise: no two pairs of source and id become one text.
    own_id = F.replace(_required("id"), F.lit("%"), F.lit("%25"))
    own_id = F.concat(_required("source"), F.lit("#"), F.replace(own_id, F.lit("#"), F.lit("%23")))
    return {
        "event_id": F.coalesce(place("event_id"), own_id),
        "type": F.lit("track"),
        "name": _said("type"),
        "event_at": F.col("happened_at"),
        "available_at": F.coalesce("received_at", "happened_at"),
        "amount": money(place("amount")),
        "birth_on": day_of(place("birth_on")),
        "products": _products(source),
        "properties": F.col("data"),
        "context": F.try_parse_json(
            F.to_json(F.struct("said.source", "said.subject", "said.datacontenttype"))
        ),
        "identifiers": present(
            [seen(kind, _place(dotted)) for kind, dotted in source.identifiers.items()]
        ),
        **{name: place(name) for name in _COPIED},
    }


def _products(source: SourceSettings) -> Column:
    fields = [
        _placed(source, _PRODUCT_FIELDS.get(one.name, one.name))
        .try_cast(one.dataType)
        .alias(one.name)
        for one in PRODUCT
    ]
    return F.when(_placed(source, "product_id").isNotNull(), F.array(F.struct(*fields)))


def _faults(source: SourceSettings) -> Faults:
    place, columns = partial(_placed, source), source.columns
    time = columns.get("event_at", "time")
    given = F.coalesce(place("event_at"), _said("time"))
    twice = at("$.data").isNotNull() & _said("data_base64").isNotNull()
    return {
        "missing_source": (_required("source").isNull(), "source"),
        "missing_id": (_required("id").isNull() | is_missing("event_id"), "id"),
        "missing_version": (_said("specversion").isNull(), "specversion"),
        "missing_type": (is_missing("name"), "type"),
        "unknown_version": (_said("specversion") != "1.0", "specversion"),
        "doubled_data": (twice, "data and data_base64"),
        "missing_time": (given.isNull(), time),
        **time_faults(
            time,
            is_unread(_said("time"), moment_of(_said("time"))),
            is_unread(place("event_at"), moment_of(place("event_at"))),
            is_unread(place("received_at"), F.col("received_at")),
        ),
        "bad_amount": (is_bad_amount(place("amount")), columns.get("amount", "")),
    }


FORMATS = (
    Format("cloudevents", "lines", parsed, known=_KNOWN),
    Format("cloudevents_batch", "json", parsed, known=_KNOWN),
)
