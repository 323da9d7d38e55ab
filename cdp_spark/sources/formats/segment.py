"""The Segment spec: one JSON object per line, as Segment, RudderStack and Jitsu send it.

Fields: https://segment.com/docs/connections/spec/common/ and .../ecommerce/v2/.
"""

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
    text_struct,
    time_rejections,
    time_warning,
    value_at,
    warnings_of,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.consent import consent_of, is_consent_unknown
from cdp_spark.values.moment import day_of, in_calendar, timestamp_of

TYPES = ("track", "identify", "page", "screen", "group", "alias")
_LONGEST_ID = 100  # the limit of messageId in the spec
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
        consent=text_struct(categoryPreferences="map<string,string>"),
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
    found = extracted.withColumns(_objects() | _columns() | {"warnings": _warnings()})
    reason, detail = first_rejection(_rejections())
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
        "consent": _consent(),
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
    return money(_field(f"properties.{name}"))


def _preferences() -> Column:
    return _field("context.consent.categoryPreferences")


def _consent() -> Column:
    """Category → whether granted; a word that says neither yes nor no withholds consent."""
    stated = F.map_filter(
        _preferences(), lambda _, text: consent_of(text).isNotNull() | is_consent_unknown(text)
    )
    # F.coalesce(…, false): what is not understood withholds.
    granted = F.transform_values(
        stated,
        lambda _, text: F.coalesce(consent_of(text), F.lit(False)),  # noqa: FBT003
    )
    return F.when(_preferences().isNotNull(), granted)


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


def _warnings() -> Column:
    times = [time_warning(name, _field(name), _moment(name)) for name in _TIMES]
    amounts = [
        amount_warning(f"properties.{name}", _field(f"properties.{name}"))
        for name in ("total", "revenue")
    ]
    path = "context.consent.categoryPreferences"
    unknown = F.exists(F.map_values(_preferences()), is_consent_unknown)
    return warnings_of([*times, *amounts, ("unknown_consent", path, unknown)])


def _rejections() -> Rejections:
    """Reason code → condition and field; the first that applies counts."""
    is_id = F.col("event_id").isNotNull() & (F.col("event_id") != "")
    is_type = F.col("type").isin(*TYPES)
    return {
        "missing_id": (~is_id, "messageId"),
        "id_too_long": (F.length("event_id") > _LONGEST_ID, "messageId"),
        "unknown_type": (F.col("type").isNull() | ~is_type, "type"),
        **time_rejections("timestamp, receivedAt or originalTimestamp"),
    }


_KNOWN = (*_PLAIN, "properties", "traits", "context")
FORMATS = (Format("segment", "lines", parsed, known=_KNOWN),)
