"""The Segment spec: one JSON object a line, as Segment, RudderStack and Jitsu send it.

Fields: https://segment.com/docs/connections/spec/common/ and .../ecommerce/v2/.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import PARSED, at, first_fault, present, seen
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import day_of, in_calendar, is_plausible, moment_of

TYPES = ("track", "identify", "page", "screen", "group", "alias")
_LONGEST_ID = 100  # the spec's own bound of messageId
_EXTERNAL = "array<struct<id:string,type:string>>"


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` says why a record is no event."""
    del source  # every Segment source is parsed alike
    told = records.withColumns(_told())
    reason, detail = first_fault(_faults(), _DETAILS)
    return told.withColumns({"reason": reason, "detail": detail}).select(
        *records.columns, *[F.col(name).cast(kind).alias(name) for name, kind in PARSED.items()]
    )


def _told() -> dict[str, Column]:
    received, sent, original = (
        moment_of(at(f"$.{name}")) for name in ("receivedAt", "sentAt", "originalTimestamp")
    )
    # The sender's clock may be wrong; the span between making and sending is right.
    corrected = in_calendar(received) - (in_calendar(sent) - in_calendar(original))
    stamped = moment_of(at("$.timestamp"))
    event_at = F.coalesce(stamped, corrected, original, received)
    return {
        "event_id": at("$.messageId"),
        "type": F.lower(at("$.type")),
        "name": F.coalesce(at("$.event"), at("$.name"), at("$.type")),
        "event_at": event_at,
        "available_at": F.coalesce(received, event_at),
        "order_id": at("$.properties.order_id"),
        "amount": F.coalesce(
            at("$.properties.total", "decimal(18,2)"), at("$.properties.revenue", "decimal(18,2)")
        ),
        "currency": at("$.properties.currency"),
        "products": F.coalesce(
            at("$.properties.products", f"array<{PRODUCT.simpleString()}>"), _one_product()
        ),
        "campaign": F.coalesce(
            at("$.context.campaign.name"),
            at("$.properties.campaign_name"),
            at("$.properties.campaign_id"),
        ),
        **{name: _trait(path) for name, path in _TRAITS.items()},
        "birth_on": day_of(_trait("birthday")),
        "consent": at("$.context.consent.categoryPreferences", "map<string,boolean>"),
        "properties": at("$.properties", "variant"),
        "traits": F.coalesce(at("$.traits", "variant"), at("$.context.traits", "variant")),
        "context": at("$.context", "variant"),
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
    return F.coalesce(at(f"$.traits.{path}"), at(f"$.context.traits.{path}"))


def _one_product() -> Column:
    product = F.struct(
        *[
            at(f"$.properties.{one.name}", one.dataType.simpleString()).alias(one.name)
            for one in PRODUCT
        ]
    )
    return F.when(at("$.properties.product_id").isNotNull(), F.array(product))


def _identifiers() -> Column:
    external = F.coalesce(at("$.context.externalIds", _EXTERNAL), F.lit(None).cast(_EXTERNAL))
    others = F.transform(
        F.coalesce(external, F.array().cast(_EXTERNAL)),
        lambda one: F.struct(one["type"].alias("kind"), one["id"].alias("value")),
    )
    own = present(
        [
            seen("user_id", at("$.userId")),
            seen("anonymous_id", at("$.anonymousId")),
            seen("anonymous_id", F.when(F.lower(at("$.type")) == "alias", at("$.previousId"))),
            seen("email", _trait("email")),
            seen("phone", _trait("phone")),
            seen("advertising_id", at("$.context.device.advertisingId")),
        ]
    )
    return F.concat(own, others)


def _faults() -> dict[str, Column]:
    """Fixed word → whether it holds, the first that holds counts."""
    amounts = [at(f"$.properties.{name}") for name in ("total", "revenue")]
    decimals = [at(f"$.properties.{name}", "decimal(18,2)") for name in ("total", "revenue")]
    is_bad_amount = F.lit(False)  # noqa: FBT003 - a literal column
    for amount, decimal in zip(amounts, decimals, strict=True):
        is_flag = amount.isin("true", "false")  # as a decimal, true would be 1
        is_number = decimal.isNotNull() & (decimal >= 0) & ~is_flag
        is_bad_amount = is_bad_amount | (amount.isNotNull() & ~is_number)
    times = [at(f"$.{name}") for name in ("timestamp", "receivedAt", "sentAt", "originalTimestamp")]
    is_bad_time = F.lit(False)  # noqa: FBT003 - a literal column
    for time in times:
        is_bad_time = is_bad_time | (time.isNotNull() & moment_of(time).isNull())
    is_id = F.col("event_id").isNotNull() & (F.col("event_id") != "")
    return {
        "missing_id": ~is_id,
        "id_too_long": F.length("event_id") > _LONGEST_ID,
        "unknown_type": F.col("type").isNull() | ~F.col("type").isin(*TYPES),
        "unreadable_time": is_bad_time | F.col("event_at").isNull(),
        "time_out_of_range": ~(
            is_plausible(F.col("event_at")) & is_plausible(F.col("available_at"))
        ),
        "bad_amount": is_bad_amount,
    }


_DETAILS = {
    "missing_id": "messageId",
    "id_too_long": "messageId",
    "unknown_type": "type",
    "unreadable_time": "timestamp, receivedAt, sentAt or originalTimestamp",
    "time_out_of_range": "timestamp",
    "bad_amount": "properties.total or properties.revenue",
}

FORMATS = (Format("segment", "lines", parsed),)
