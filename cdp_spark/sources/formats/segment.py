"""The Segment spec: one JSON object per line, as Segment, RudderStack and Jitsu send it.

Fields: https://segment.com/docs/connections/spec/common/ and .../ecommerce/v2/.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    PARSED,
    first_rejection,
    identifier,
    present_identifiers,
    text_struct,
    value_at,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import day_of, in_calendar, is_plausible, timestamp_of

TYPES = ("track", "identify", "page", "screen", "group", "alias")
_LONGEST_ID = 100  # the limit of messageId in the spec
_MONEY = "decimal(18,2)"
_TIMES = ("timestamp", "receivedAt", "sentAt", "originalTimestamp")

_PERSON = text_struct(
    *("email", "phone", "firstName", "lastName", "birthday"), address=text_struct("city", "country")
)
_PRODUCT = {one.name: one.dataType.simpleString() for one in PRODUCT}
_PLAIN = ("messageId", "type", "event", "name", "userId", "anonymousId", "previousId", *_TIMES)
# All fields are extracted in one pass over the body: extracting them path by path took four fifths
# of the parsing time.
_FIELDS = text_struct(
    *_PLAIN,
    properties=text_struct(
        *("order_id", "total", "revenue", "currency", "campaign_name", "campaign_id"),
        products=f"array<{PRODUCT.simpleString()}>",
        **_PRODUCT,
    ),
    traits=_PERSON,
    context=text_struct(
        traits=_PERSON,
        campaign=text_struct("name"),
        consent=text_struct(categoryPreferences="map<string,boolean>"),
        externalIds=f"array<{text_struct('id', 'type')}>",
        device=text_struct("advertisingId"),
    ),
)
# Kept as sent, extracted in one pass over the body: three paths take twice as long.
_OBJECTS = text_struct(properties="variant", traits="variant", context="variant")


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a record is rejected."""
    del source  # parsing does not depend on it
    extracted = records.withColumns(
        {"fields": value_at("$", _FIELDS), "objects": value_at("$", _OBJECTS)}
    )
    # A single projection: each copies the wide row, and within one Spark shares subexpressions.
    found = extracted.withColumns(_objects() | _columns() | _unreadable())
    reason, detail = first_rejection(_rejections(), _DETAILS)
    return found.withColumns({"reason": reason, "detail": detail}).select(
        *records.columns, *[F.col(name).cast(kind).alias(name) for name, kind in PARSED.items()]
    )


def _field(path: str) -> Column:
    return F.col(f"fields.{path}")


def _moment(name: str) -> Column:
    return timestamp_of(_field(name))


def _objects() -> dict[str, Column]:
    return {
        "properties": F.col("objects.properties"),
        "traits": F.coalesce("objects.traits", value_at("$.context.traits", "variant")),
        "context": F.col("objects.context"),
    }


def _columns() -> dict[str, Column]:
    # The sender's clock may be wrong, but the span between creation and sending is right.
    received, sent, original = (in_calendar(_moment(name)) for name in _TIMES[1:])
    corrected = received - (sent - original)
    times = [_moment(name) for name in ("timestamp", "originalTimestamp", "receivedAt")]
    event_at = F.coalesce(times[0], corrected, *times[1:])
    return {
        "event_id": _field("messageId"),
        "type": F.lower(_field("type")),
        "name": F.coalesce(_field("event"), _field("name"), _field("type")),
        "event_at": event_at,
        "available_at": F.coalesce(_moment("receivedAt"), event_at),
        "order_id": _field("properties.order_id"),
        "amount": F.coalesce(_amount("total"), _amount("revenue")),
        "currency": _field("properties.currency"),
        "products": F.coalesce(_field("properties.products"), _one_product()),
        "campaign": F.coalesce(
            _field("context.campaign.name"),
            _field("properties.campaign_name"),
            _field("properties.campaign_id"),
        ),
        **{name: _trait(path) for name, path in _TRAITS.items()},
        "birth_on": day_of(_trait("birthday")),
        "consent": _field("context.consent.categoryPreferences"),
        "identifiers": _identifiers(),
    }


_TRAITS = {
    "email": "email",
    "phone": "phone",
    "first_name": "firstName",
    "last_name": "lastName",
    "city": "address.city",
    "country": "address.country",
}


def _trait(path: str) -> Column:
    return F.coalesce(_field(f"traits.{path}"), _field(f"context.traits.{path}"))


def _amount(name: str) -> Column:
    return _field(f"properties.{name}").try_cast(_MONEY)


def _one_product() -> Column:
    product = F.struct(*[_field(f"properties.{name}").alias(name) for name in _PRODUCT])
    return F.when(_field("properties.product_id").isNotNull(), F.array(product))


def _identifiers() -> Column:
    external = _field("context.externalIds")
    others = F.transform(
        external,
        lambda one: F.struct(one["type"].alias("kind"), one["id"].alias("value")),
    )
    is_alias = F.lower(_field("type")) == "alias"
    own = present_identifiers(
        [
            identifier("user_id", _field("userId")),
            identifier("anonymous_id", _field("anonymousId")),
            identifier("anonymous_id", F.when(is_alias, _field("previousId"))),
            identifier("email", _trait("email")),
            identifier("phone", _trait("phone")),
            identifier("advertising_id", _field("context.device.advertisingId")),
        ]
    )
    return F.when(external.isNull(), own).otherwise(F.concat(own, others))


def _unreadable() -> dict[str, Column]:
    """Whether a time or an amount is present but unreadable."""
    bad_amounts = [
        _field(f"properties.{name}").isNotNull() & ~F.coalesce(_amount(name) >= 0, F.lit(False))  # noqa: FBT003
        for name in ("total", "revenue")
    ]
    bad_times = [_field(name).isNotNull() & _moment(name).isNull() for name in _TIMES]
    return {
        "is_bad_time": reduce(Column.__or__, bad_times),
        "is_bad_amount": reduce(Column.__or__, bad_amounts),
    }


def _rejections() -> dict[str, Column]:
    """Reason code → condition; the first that applies counts."""
    is_id = F.col("event_id").isNotNull() & (F.col("event_id") != "")
    return {
        "missing_id": ~is_id,
        "id_too_long": F.length("event_id") > _LONGEST_ID,
        "unknown_type": F.col("type").isNull() | ~F.col("type").isin(*TYPES),
        "unreadable_time": F.col("is_bad_time") | F.col("event_at").isNull(),
        "time_out_of_range": ~(
            is_plausible(F.col("event_at")) & is_plausible(F.col("available_at"))
        ),
        "bad_amount": F.col("is_bad_amount"),
    }


_DETAILS = {
    "missing_id": "messageId",
    "id_too_long": "messageId",
    "unknown_type": "type",
    "unreadable_time": "timestamp, receivedAt, sentAt or originalTimestamp",
    "time_out_of_range": "timestamp",
    "bad_amount": "properties.total or properties.revenue",
}

_KNOWN = (*_PLAIN, "properties", "traits", "context")
FORMATS = (Format("segment", "lines", parsed, known=_KNOWN),)
