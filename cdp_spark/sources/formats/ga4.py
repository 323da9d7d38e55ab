"""Google Analytics 4: rows of the BigQuery export, as JSON lines or as Parquet.

Fields: https://developers.google.com/analytics/bigquery/event-schema. In JSON whole numbers are
texts; in Parquet the nested columns reach us as JSON text.

GA4 gives events no id. Ours is a hash of what stays the same when a row is delivered again: who,
when to the microsecond, the name, and the event's place in its bundle and batch. Day tables are
rewritten for up to three days, and intraday tables repeat them: a rewritten row is the same event.
It tells no time at which it was rewritten, so which of two wordings is kept is settled by their
SHA-256, in whatever order they come: what Google rewrites (where the session came from) may be the
older wording. Rows without `user_pseudo_id` (no consent) are told apart by the rest only.

`available_at` is the time of the upload where GA4 tells an offset of up to 72 hours, the longest it
takes events for; else the time of the event. Only purchases and refunds have an `amount`.
`traffic_source` is the source of the user's first visit and so the campaign of that event only.
"""

from collections.abc import Callable
from functools import partial, reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    Faults,
    at,
    is_bad_amount,
    is_missing,
    money,
    present,
    seen,
    texts,
    time_faults,
    told,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.token import hashed

_LONGEST_DELAY = 72 * 3_600_000_000  # microseconds
_VALUE = texts("string_value", int_value="bigint", float_value="double", double_value="double")
_PARAMS = f"array<{texts('key', value=_VALUE)}>"
_ID = ("user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id",
       "batch_event_index", "batch_ordering_id", "batch_page_id")  # fmt: skip
_PLAIN = (*_ID, "user_id", "event_server_timestamp_offset")
_ITEM = {"product_id": "item_id", "name": "item_name", "brand": "item_brand",
         "category": "item_category"}  # fmt: skip
_NESTED = {
    "event_params": _PARAMS,
    "user_properties": _PARAMS,
    "privacy_info": texts("analytics_storage", "ads_storage"),
    "device": texts("advertising_id"),
    "ecommerce": texts("transaction_id", "purchase_revenue", "refund_value"),
    "items": f"array<{texts(*_ITEM.values(), price='decimal(18,2)', quantity='decimal(18,3)')}>",
    "collected_traffic_source": texts("manual_campaign_name"),
    "traffic_source": texts("name"),
}
_ABOUT = ("device", "geo", "app_info", "traffic_source", "collected_traffic_source",
          "session_traffic_source_last_click")  # fmt: skip
_KNOWN = (*_PLAIN, "event_params", "user_properties", "items", *_ABOUT)
_BOUGHT = ("purchase", "in_app_purchase", "ecommerce_purchase")
_FIRST = ("first_visit", "first_open")


def parsed(records: DataFrame, source: SourceSettings, *, is_table: bool) -> DataFrame:
    """The records with `PARSED` columns; `reason` says why a record is no event."""
    del source  # every export is parsed alike
    nested: Callable[[str], Column] = _of_text if is_table else _of_object
    said = records.withColumns(
        {
            "said": _of_table() if is_table else at("$", texts(*_PLAIN, **_NESTED)),
            "about": F.to_variant_object(F.struct(*[nested(name).alias(name) for name in _ABOUT])),
        }
    )
    broken = _broken() if is_table else F.lit(False)  # noqa: FBT003
    return told(said, records.columns, _told(), _faults(broken))


def _of_object(name: str) -> Column:
    return at(f"$.{name}", "variant")


def _of_text(name: str) -> Column:
    return F.try_parse_json(at(f"$.{name}"))


def _of_table() -> Column:
    plain = [at(f"$.{name}").alias(name) for name in _PLAIN]
    nested = [
        F.try_variant_get(_of_text(name), "$", kind).alias(name) for name, kind in _NESTED.items()
    ]
    return F.struct(*plain, *nested)


def _broken() -> Column:
    """Whether a nested column's text is no JSON, as of numbers that are none."""
    are_broken = [at(f"$.{name}").isNotNull() & _of_text(name).isNull() for name in _NESTED]
    return reduce(Column.__or__, are_broken)


def _said(path: str) -> Column:
    return F.col(f"said.{path}")


def _told() -> dict[str, Column]:
    name, micros = _said("event_name"), _said("event_timestamp").try_cast("bigint")
    offset = _said("event_server_timestamp_offset").try_cast("bigint")
    delay = F.when(offset.between(0, _LONGEST_DELAY), offset)
    received = F.try_add(micros, F.coalesce(delay, F.lit(0)))
    return {
        "event_id": hashed(*[F.coalesce(_said(part), F.lit("")) for part in _ID]),
        "type": F.when(name == "page_view", "page")
        .when(name == "screen_view", "screen")
        .otherwise("track"),
        "name": name,
        "event_at": F.timestamp_micros(micros),
        "available_at": F.timestamp_micros(received),
        "order_id": _set(F.coalesce(_said("ecommerce.transaction_id"), _param("transaction_id"))),
        "amount": money(_paid()),
        "currency": _param("currency"),
        "products": _products(),
        "campaign": _campaign(),
        "consent": _consent(),
        "properties": _params("event_params"),
        "traits": _params("user_properties"),
        "context": F.col("about"),
        "identifiers": present(
            [
                seen("user_id", _said("user_id")),
                seen("anonymous_id", _said("user_pseudo_id")),
                seen("advertising_id", _said("device.advertising_id")),
            ]
        ),
    }


def _set(value: Column) -> Column:
    """The value, none where GA4 says `(not set)`, `(direct)` or the like."""
    return F.when(~value.rlike(r"^(\(.*\))?$"), value)


def _param(name: str) -> Column:
    """The first parameter of that name, as text."""
    value = F.get(F.filter(_said("event_params"), lambda one: one["key"] == name), F.lit(0))[
        "value"
    ]
    numbers = [value[kind].cast("string") for kind in ("int_value", "double_value", "float_value")]
    return F.coalesce(value["string_value"], *numbers)


def _params(name: str) -> Column:
    """Parameters as one object; of two with one key the first."""
    keys = F.transform(_said(name), lambda one: one["key"])
    firsts = F.filter(
        _said(name), lambda one, place: F.array_position(keys, one["key"]) == place + 1
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


def _paid() -> Column:
    """What was paid or given back, as text; null where the event is about no money."""
    name, value = _said("event_name"), _param("value")
    return F.when(name.isin(*_BOUGHT), F.coalesce(_said("ecommerce.purchase_revenue"), value)).when(
        name == "refund", F.coalesce(_said("ecommerce.refund_value"), value)
    )


def _products() -> Column:
    def product(item: Column) -> Column:
        given = {name: _set(item[field]) for name, field in _ITEM.items()}
        fields = [given.get(one.name, item.getField(one.name)) for one in PRODUCT]
        return F.struct(
            *[field.alias(one.name) for field, one in zip(fields, PRODUCT, strict=True)]
        )

    return F.transform(F.filter(_said("items"), lambda item: item.isNotNull()), product)


def _campaign() -> Column:
    first = F.when(_said("event_name").isin(*_FIRST), _said("traffic_source.name"))
    collected = _said("collected_traffic_source.manual_campaign_name")
    return F.coalesce(_set(collected), _set(_param("campaign")), _set(first))


def _consent() -> Column:
    def state(name: str) -> Column:
        said = F.lower(_said(f"privacy_info.{name}"))
        return F.when(said == "yes", F.lit(True)).when(said == "no", F.lit(False))  # noqa: FBT003

    states = F.create_map(
        F.lit("analytics"), state("analytics_storage"), F.lit("marketing"), state("ads_storage")
    )
    given = F.map_filter(states, lambda _, is_granted: is_granted.isNotNull())
    return F.when(F.size(given) > 0, given)


def _faults(broken: Column) -> Faults:
    return {
        "not_json": (broken, "a nested column"),
        "missing_name": (is_missing("name"), "event_name"),
        **time_faults("event_timestamp"),
        "bad_amount": (
            is_bad_amount(_paid()),
            "ecommerce.purchase_revenue, ecommerce.refund_value or the parameter value",
        ),
    }


FORMATS = (
    Format("ga4", "lines", partial(parsed, is_table=False), known=_KNOWN),
    Format("ga4_parquet", "parquet", partial(parsed, is_table=True), known=_KNOWN),
)
