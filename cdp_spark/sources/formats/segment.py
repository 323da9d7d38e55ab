"""The Segment spec, as Segment, RudderStack and Jitsu send it: an event or a batch per line.

Fields: https://segment.com/docs/connections/spec/common/ and .../ecommerce/v2/. `segment_batch` is
for JSON documents: one body of the call `batch`, or a list of bodies or events.

Each event of a batch is a record of its own, with the fields that it lacks and its batch has:
`sentAt`, `receivedAt`, and `context` and `integrations` key by key; its own value wins. The value
of `writeKey` is null in all tables, unless it is inside a text, a nested list or a file in UTF-16.
A batch that can't be split is rejected as `empty_batch`, or as `unreadable_batch` if it is no list,
shares more than 32 KiB, or would grow by more than 256 MiB and 64 times its size by what it shares.
"""

from functools import reduce
from operator import or_

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
from cdp_spark.sources.products import products_of
from cdp_spark.sources.segment_batches import BATCHES, TYPES
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.consent import consent_by_category, has_unknown_consent, words_of_groups
from cdp_spark.values.moment import day_of, in_calendar, timestamp_of

_LONGEST_ID = 100  # the limit of messageId in the spec
_TIMES = ("timestamp", "receivedAt", "sentAt", "originalTimestamp")

# Column → traits that may hold it: of the spec, and in other spellings.
_TRAITS: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone", "phoneNumber", "phone_number"),
    "first_name": ("firstName", "first_name"),
    "last_name": ("lastName", "last_name"),
    "city": ("address.city", "city"),
    "country": ("address.country", "country"),
    "birth_on": ("birthday", "birthDate", "birth_date", "dateOfBirth", "date_of_birth"),
}
_FLAT = sorted({path for paths in _TRAITS.values() for path in paths if "." not in path})
_PERSON = text_struct("name", *_FLAT, address=text_struct("city", "country"))
# Google consent mode: https://developers.google.com/tag-platform/security/concepts/consent-mode.
_STORAGES = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage",
             "functionality_storage", "personalization_storage")  # fmt: skip
_GROUPS = ("OnetrustActiveGroups", "groups")
_PRODUCT = {one.name: one.dataType.simpleString() for one in PRODUCT}
_PLAIN = ("messageId", "type", "event", "name", "userId", "anonymousId", "previousId",
          "groupId", *_TIMES)  # fmt: skip
# All fields are extracted in one pass over the body: extracting them path by path took four fifths
# of the parsing time.
_FIELDS = text_struct(
    *_PLAIN,
    properties=text_struct(
        *("order_id", "total", "revenue", "currency", "campaign_name", "campaign_id"),
        *_STORAGES,
        "OnetrustActiveGroups",
        products="variant",
        **_PRODUCT,
    ),
    traits=_PERSON,
    context=text_struct(
        traits=_PERSON,
        campaign=text_struct("name"),
        consent=text_struct(*_STORAGES, *_GROUPS, categoryPreferences="map<string,string>"),
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
        "products": F.coalesce(products_of(_field("properties.products")), _one_product()),
        "campaign": F.coalesce(
            _field("context.campaign.name"),
            _field("properties.campaign_name"),
            _field("properties.campaign_id"),
        ),
        **{name: _person(name) for name in ("email", "phone", "city", "country")},
        **_names(),
        "birth_on": day_of(_person("birth_on")),
        # Spark interprets functions that take a lambda, and few records state consent.
        "consent": F.when(_has_consent(), consent_by_category(_consent_words())),
        "account_id": F.when(_is_type("group"), _field("groupId")),
        "identifiers": _identifiers(),
    }


def _trait(path: str) -> Column:
    """A trait of the person; the traits of a group call are those of the account."""
    # Of the whole struct, so that the choice is generated once and not for each trait.
    own = F.when(~_is_type("group"), _field("traits"))
    for name in path.split("."):
        own = own[name]
    return F.coalesce(own, _field(f"context.traits.{path}"))


def _is_type(name: str) -> Column:
    return F.coalesce(F.lower(_field("type")) == name, F.lit(False))  # noqa: FBT003


def _person(name: str) -> Column:
    """The first of the traits that may hold a column."""
    return F.coalesce(*[_trait(path) for path in _TRAITS[name]])


def _names() -> dict[str, Column]:
    """First and last name; of a whole name, its last word is the last name."""
    whole = F.trim(_trait("name"))
    first = F.nullif(F.regexp_extract(whole, r"^(.*)\s+\S+$", 1), F.lit(""))
    last = F.nullif(F.regexp_extract(whole, r"\s(\S+)$", 1), F.lit(""))
    return {
        "first_name": F.coalesce(_person("first_name"), first, F.nullif(whole, F.lit(""))),
        "last_name": F.coalesce(_person("last_name"), last),
    }


def _amount(name: str) -> Column:
    return money(_field(f"properties.{name}"))


def _has_consent() -> Column:
    stated = [f"context.consent.{name}" for name in ("categoryPreferences", *_STORAGES, *_GROUPS)]
    sent = [f"properties.{name}" for name in (*_STORAGES, "OnetrustActiveGroups")]
    return reduce(or_, [_field(path).isNotNull() for path in (*stated, *sent)])


def _consent_words() -> Column:
    """Category → word, from the categories of the spec, Google's consent mode and OneTrust."""
    storages = [
        (name, F.coalesce(_field(f"context.consent.{name}"), _field(f"properties.{name}")))
        for name in _STORAGES
    ]
    entries = F.array(
        *[F.struct(F.lit(name).alias("k"), word.alias("v")) for name, word in storages]
    )
    has_storage = F.coalesce(*[word for _, word in storages]).isNotNull()
    given = F.filter(entries, lambda one: one["v"].isNotNull())
    groups = F.coalesce(
        *[_field(f"context.consent.{name}") for name in _GROUPS],
        _field("properties.OnetrustActiveGroups"),
    )
    return F.coalesce(
        _field("context.consent.categoryPreferences"),
        F.when(has_storage, F.map_from_entries(given)),
        F.when(groups.isNotNull(), words_of_groups(groups)),
    )


def _one_product() -> Column:
    product = F.struct(*[_field(f"properties.{name}").alias(name) for name in _PRODUCT])
    return F.when(_field("properties.product_id").isNotNull(), F.array(product))


def _identifiers() -> Column:
    external = _field("context.externalIds")
    others = F.transform(
        external,
        lambda one: F.struct(one["type"].alias("kind"), one["id"].alias("value")),
    )
    own = present_identifiers(
        [
            identifier("user_id", _field("userId")),
            identifier("anonymous_id", _field("anonymousId")),
            identifier("previous_id", F.when(_is_type("alias"), _field("previousId"))),
            identifier("email", _person("email")),
            identifier("phone", _person("phone")),
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
    unknown = _has_consent() & has_unknown_consent(_consent_words())
    return warnings_of([*times, *amounts, ("unknown_consent", "context.consent", unknown)])


def _rejections() -> Rejections:
    """Reason code → condition and field; the first that applies counts."""
    is_id = F.col("event_id").isNotNull() & (F.col("event_id") != "")
    is_type = F.col("type").isin(*TYPES)
    # Only for records without id and type: a path costs time.
    is_batch = ~is_id & F.col("type").isNull() & value_at("$.batch", "variant").isNotNull()
    is_empty = is_batch & (value_at("$.batch") == "[]")
    return {
        "empty_batch": (is_empty, "batch"),
        "unreadable_batch": (is_batch, "batch"),
        "missing_id": (~is_id, "messageId"),
        "id_too_long": (F.length("event_id") > _LONGEST_ID, "messageId"),
        "unknown_type": (F.col("type").isNull() | ~is_type, "type"),
        **time_rejections("timestamp, receivedAt or originalTimestamp"),
    }


# The write key is null by then.
_KNOWN = (*_PLAIN, "properties", "traits", "context", "writeKey")
FORMATS = (
    Format("segment", "lines", parsed, known=_KNOWN, split=BATCHES),
    Format("segment_batch", "json", parsed, known=_KNOWN, split=BATCHES),
)
