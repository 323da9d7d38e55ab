"""Google Analytics 4: rows of the BigQuery export, as JSON lines or as Parquet.

Fields: https://developers.google.com/analytics/bigquery/event-schema. In JSON, whole numbers are
texts; in Parquet, nested columns arrive as JSON text.

GA4 events have no id. `event_id` is a hash of the values that do not change when a row is exported
again: user, time in microseconds, name, and position in bundle and batch. Google rewrites day
tables for up to three days, and intraday tables repeat them; a rewritten row is the same event. It
has no time of the rewrite, so of two payloads the smaller SHA-256 wins, in whatever order they
come: the payload that is kept may be the older one. Rows without `user_pseudo_id` (no consent) are
distinguished by the other values only.

`available_at` is the time of the upload if GA4 gives an offset of at most 72 hours, its limit for
late events; otherwise the time of the event. Only purchases and refunds have an `amount`.
`traffic_source` is the source of the user's first visit, so it is the campaign of that event only.
"""

from collections.abc import Callable
from functools import partial, reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    Rejections,
    amount_warning,
    identifier,
    is_missing,
    money,
    parsed_rows,
    present_identifiers,
    text_struct,
    time_rejections,
    value_at,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.token import hashed

_LONGEST_DELAY = 72 * 3_600_000_000  # microseconds
_VALUE = text_struct(
    "string_value", int_value="bigint", float_value="double", double_value="double"
)
_PARAMS = f"array<{text_struct('key', value=_VALUE)}>"
_ID = ("user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id",
       "batch_event_index", "batch_ordering_id", "batch_page_id")  # fmt: skip
_PLAIN = (*_ID, "user_id", "event_server_timestamp_offset")
_ITEM = {"product_id": "item_id", "name": "item_name", "brand": "item_brand",
         "category": "item_category"}  # fmt: skip
_ITEM_STRUCT = text_struct(*_ITEM.values(), price="decimal(18,2)", quantity="decimal(18,3)")
_NESTED = {
    "event_params": _PARAMS,
    "user_properties": _PARAMS,
    "privacy_info": text_struct("analytics_storage", "ads_storage"),
    "device": text_struct("advertising_id"),
    "ecommerce": text_struct("transaction_id", "purchase_revenue", "refund_value"),
    "items": f"array<{_ITEM_STRUCT}>",
    "collected_traffic_source": text_struct("manual_campaign_name"),
    "traffic_source": text_struct("name"),
}
_LISTS = ("event_params", "user_properties")
_ABOUT = ("device", "geo", "app_info", "traffic_source", "collected_traffic_source",
          "session_traffic_source_last_click")  # fmt: skip
_KNOWN = (*_PLAIN, "event_params", "user_properties", "items", *_ABOUT)
_BOUGHT = ("purchase", "in_app_purchase", "ecommerce_purchase")
_FIRST = ("first_visit", "first_open")


def parsed(records: DataFrame, source: SourceSettings, *, is_table: bool) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a record is rejected."""
    del source  # parsing does not depend on it
    nested: Callable[[str], Column] = _of_text if is_table else _of_object
    extracted = records.withColumns(
        {
            "fields": _of_table() if is_table else value_at("$", text_struct(*_PLAIN, **_NESTED)),
            "about": F.to_variant_object(F.struct(*[nested(name).alias(name) for name in _ABOUT])),
        }
    )
    shaped = {name: _any_shape(_field(name), nested(name)) for name in _LISTS}
    fields = reduce(lambda found, one: found.withField(*one), shaped.items(), F.col("fields"))
    extracted = extracted.withColumn("fields", fields)
    bad_json = _has_bad_json() if is_table else F.lit(False)  # noqa: FBT003
    warnings = [amount_warning("the revenue, refund or parameter value", _paid_or_refunded())]
    return parsed_rows(extracted, records.columns, _columns(), _rejections(bad_json), warnings)


def _any_shape(listed: Column, sent: Column) -> Column:
    """Parameters as the export lists them; also of one object, and of plain values.

    The export has a list of keys with a value per type. Other exporters write an object of
    parameters, or plain values in the list.
    """
    plain = F.try_variant_get(sent, "$", f"array<{text_struct('key', value='variant')}>")
    of_list = F.transform(
        plain, lambda one: F.struct(one["key"], _value_of(one["value"]).alias("value"))
    )
    of_object = F.transform(
        F.map_entries(F.try_variant_get(sent, "$", "map<string,variant>")),
        lambda one: F.struct(one["key"].alias("key"), _value_of(one["value"]).alias("value")),
    )
    has_plain = F.exists(listed, lambda one: one["key"].isNotNull() & one["value"].isNull())
    return (
        F.when(listed.isNull(), of_object)
        .when(F.coalesce(has_plain, F.lit(False)), of_list)  # noqa: FBT003
        .otherwise(listed)
    )


def _value_of(sent: Column) -> Column:
    """A value with its type: of the export's struct, or a plain one."""
    kind = F.schema_of_variant(sent)
    whole, real = F.try_variant_get(sent, "$", "bigint"), F.try_variant_get(sent, "$", "double")
    is_real = kind.startswith("DECIMAL") | kind.isin("DOUBLE", "FLOAT")
    text = F.when(~kind.startswith("OBJECT"), F.try_variant_get(sent, "$", "string"))
    of_struct = F.try_variant_get(sent, "$", _VALUE)
    typed = F.struct(
        F.when((kind != "BIGINT") & ~is_real, text).alias("string_value"),
        F.when(kind == "BIGINT", whole).alias("int_value"),
        F.lit(None).cast("double").alias("float_value"),
        F.when(is_real, real).alias("double_value"),
    )
    return F.when(kind.startswith("OBJECT"), of_struct).otherwise(typed)


def _of_object(name: str) -> Column:
    return value_at(f"$.{name}", "variant")


def _of_text(name: str) -> Column:
    return F.try_parse_json(value_at(f"$.{name}"))


def _of_table() -> Column:
    plain = [value_at(f"$.{name}").alias(name) for name in _PLAIN]
    nested = [
        F.try_variant_get(_of_text(name), "$", kind).alias(name) for name, kind in _NESTED.items()
    ]
    return F.struct(*plain, *nested)


def _has_bad_json() -> Column:
    """Whether the text of a nested column is not JSON, for example because of NaN."""
    bad_columns = [value_at(f"$.{name}").isNotNull() & _of_text(name).isNull() for name in _NESTED]
    return reduce(Column.__or__, bad_columns)


def _field(path: str) -> Column:
    return F.col(f"fields.{path}")


def _columns() -> dict[str, Column]:
    name, micros = _field("event_name"), _field("event_timestamp").try_cast("bigint")
    offset = _field("event_server_timestamp_offset").try_cast("bigint")
    delay = F.when(offset.between(0, _LONGEST_DELAY), offset)
    received = F.try_add(micros, F.coalesce(delay, F.lit(0)))
    return {
        "event_id": hashed(*[F.coalesce(_field(part), F.lit("")) for part in _ID]),
        "type": F.when(name == "page_view", "page")
        .when(name == "screen_view", "screen")
        .otherwise("track"),
        "name": name,
        "event_at": F.timestamp_micros(micros),
        "available_at": F.timestamp_micros(received),
        "order_id": _set(F.coalesce(_field("ecommerce.transaction_id"), _param("transaction_id"))),
        "amount": money(_paid_or_refunded()),
        "currency": _param("currency"),
        "products": _products(),
        "campaign": _campaign(),
        "consent": _consent(),
        "properties": _params("event_params"),
        "traits": _params("user_properties"),
        "context": F.col("about"),
        "identifiers": present_identifiers(
            [
                identifier("user_id", _field("user_id")),
                identifier("anonymous_id", _field("user_pseudo_id")),
                identifier("advertising_id", _field("device.advertising_id")),
            ]
        ),
    }


def _set(value: Column) -> Column:
    """The value; null for placeholders such as `(not set)` and `(direct)`."""
    return F.when(~value.rlike(r"^(\(.*\))?$"), value)


def _param(name: str) -> Column:
    """The first parameter of that name, as text."""
    value = F.get(F.filter(_field("event_params"), lambda one: one["key"] == name), F.lit(0))[
        "value"
    ]
    numbers = [value[kind].cast("string") for kind in ("int_value", "double_value", "float_value")]
    return F.coalesce(value["string_value"], *numbers)


def _params(name: str) -> Column:
    """Parameters as one object; the first of two with the same key."""
    keys = F.transform(_field(name), lambda one: one["key"])
    firsts = F.filter(
        _field(name), lambda one, place: F.array_position(keys, one["key"]) == place + 1
    )
    pairs = F.transform(firsts, lambda one: F.struct(one["key"], _typed(one["value"])))
    return F.to_variant_object(F.map_from_entries(pairs))


def _typed(value: Column) -> Column:
    real = F.coalesce(value["double_value"], value["float_value"])
    is_finite = F.abs(real) < F.lit(float("inf"))  # JSON has neither NaN nor infinity
    return F.coalesce(
        value["string_value"].cast("variant"),
        value["int_value"].cast("variant"),
        F.when(is_finite, real).cast("variant"),
    )


def _paid_or_refunded() -> Column:
    """The amount paid or refunded, as text; null for other events."""
    name, value = _field("event_name"), _param("value")
    return F.when(
        name.isin(*_BOUGHT), F.coalesce(_field("ecommerce.purchase_revenue"), value)
    ).when(name == "refund", F.coalesce(_field("ecommerce.refund_value"), value))


def _products() -> Column:
    def product(item: Column) -> Column:
        given = {name: _set(item[field]) for name, field in _ITEM.items()}
        fields = [given.get(one.name, item.getField(one.name)) for one in PRODUCT]
        return F.struct(
            *[field.alias(one.name) for field, one in zip(fields, PRODUCT, strict=True)]
        )

    return F.transform(F.filter(_field("items"), lambda item: item.isNotNull()), product)


def _campaign() -> Column:
    first = F.when(_field("event_name").isin(*_FIRST), _field("traffic_source.name"))
    collected = _field("collected_traffic_source.manual_campaign_name")
    return F.coalesce(_set(collected), _set(_param("campaign")), _set(first))


def _consent() -> Column:
    def state(name: str) -> Column:
        status = F.lower(_field(f"privacy_info.{name}"))
        return F.when(status == "yes", F.lit(True)).when(status == "no", F.lit(False))  # noqa: FBT003

    states = F.create_map(
        F.lit("analytics"), state("analytics_storage"), F.lit("marketing"), state("ads_storage")
    )
    given = F.map_filter(states, lambda _, is_granted: is_granted.isNotNull())
    return F.when(F.size(given) > 0, given)


def _rejections(bad_json: Column) -> Rejections:
    return {
        "not_json": (bad_json, "a nested column"),
        "missing_name": (is_missing("name"), "event_name"),
        **time_rejections("event_timestamp"),
    }


FORMATS = (
    Format("ga4", "lines", partial(parsed, is_table=False), known=_KNOWN),
    Format("ga4_parquet", "parquet", partial(parsed, is_table=True), known=_KNOWN),
)
