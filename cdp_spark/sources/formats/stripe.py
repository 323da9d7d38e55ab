"""Stripe: event objects from its webhooks and its API, one per line.

Fields: https://docs.stripe.com/api/events/object; amounts: https://docs.stripe.com/currencies.
Events of test mode are rejected as `test_record`. The name is Stripe's type, such as
`charge.succeeded`; the settings of gold define which types are orders and refunds.

Amounts are whole numbers of the currency's smallest unit. Some currencies have no smaller unit,
some use thousandths; UGX and ISK have none either, but Stripe sends them in hundredths.
`charge.refunded` has the total refunded so far: `amount` is the difference from
`previous_attributes`. `order_id` is the one in the metadata, else the payment intent, else the
object.

A Stripe customer is not a user of the shop, so its id has the kind `stripe_customer_id`. It links
people only if conf/identity.yaml has a rule for it. E-mail and phone link them anyway.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    MONEY,
    Rejections,
    Warnings,
    identifier,
    is_given,
    is_missing,
    parsed_rows,
    present_identifiers,
    text_struct,
    time_rejections,
    value_at,
)
from cdp_spark.sources.settings import SourceSettings

_NO_DECIMALS = ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV",
                "XAF", "XOF", "XPF")  # fmt: skip
_THREE_DECIMALS = ("BHD", "JOD", "KWD", "OMR", "TND")
_FARTHEST = 10**12  # seconds; a timestamp beyond overflows
_PERSON = text_struct("email", "name", "phone", address=text_struct("city", "country"))
_OBJECT = text_struct(
    *("id", "object", "customer", "currency", "amount", "amount_refunded", "amount_paid"),
    *("payment_intent", "email", "name", "phone", "receipt_email", "customer_email"),
    *("customer_name", "customer_phone"),
    address=text_struct("city", "country"),
    customer_address=text_struct("city", "country"),
    billing_details=_PERSON,
    metadata=text_struct("order_id"),
)
_FIELDS = text_struct(
    *("id", "object", "type", "created"),
    livemode="boolean",
    data=text_struct(object=_OBJECT, previous_attributes=text_struct("amount_refunded")),
)
_KNOWN = ("id", "type", "created", "data")
_CUSTOMER_TYPES = ("customer.created", "customer.updated")


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a record is rejected."""
    del source  # parsing does not depend on it
    extracted = records.withColumn("fields", value_at("$", _FIELDS))
    return parsed_rows(extracted, records.columns, _columns(), _rejections(), _warnings())


def _field(path: str) -> Column:
    return F.col(f"fields.{path}")


def _object_field(path: str) -> Column:
    return _field(f"data.object.{path}")


def _columns() -> dict[str, Column]:
    seconds = _field("created").try_cast("bigint")
    bounded = F.greatest(F.least(seconds, F.lit(_FARTHEST)), F.lit(-_FARTHEST))
    event_at = F.when(seconds.isNotNull(), F.timestamp_seconds(bounded))
    is_customer = _object_field("object") == "customer"
    customer = F.when(is_customer, _object_field("id")).otherwise(_customer())
    contacts = _contacts()
    return {
        "event_id": _field("id"),
        "type": F.when(_field("type").isin(*_CUSTOMER_TYPES), "identify").otherwise("track"),
        "name": _field("type"),
        "event_at": event_at,
        "available_at": event_at,
        "order_id": F.when(_is_paid(), F.coalesce(*_orders())),
        "amount": _amount(),
        "currency": F.upper(_object_field("currency")),
        **contacts,
        "properties": value_at("$.data.object", "variant"),
        "traits": F.when(is_customer, value_at("$.data.object", "variant")),
        "identifiers": present_identifiers(
            [
                identifier("stripe_customer_id", customer),
                identifier("email", contacts["email"]),
                identifier("phone", contacts["phone"]),
            ]
        ),
    }


def _customer() -> Column:
    """The customer's id, also if the customer is expanded to an object."""
    expanded = value_at("$.data.object.customer.id")
    return F.coalesce(expanded, _object_field("customer"))


def _orders() -> list[Column]:
    intent = value_at("$.data.object.payment_intent.id")
    return [
        _object_field("metadata.order_id"),
        intent,
        _object_field("payment_intent"),
        _object_field("id"),
    ]


def _contacts() -> dict[str, Column]:
    name = F.trim(
        F.coalesce(
            _object_field("customer_name"),
            _object_field("name"),
            _object_field("billing_details.name"),
        )
    )
    return {
        "email": F.coalesce(
            *[_object_field(path) for path in ("email", "customer_email", "billing_details.email")],
            _object_field("receipt_email"),
        ),
        "phone": F.coalesce(
            *[_object_field(path) for path in ("phone", "customer_phone", "billing_details.phone")]
        ),
        # Stripe has a single name: its last word counts as the last name.
        "first_name": F.nullif(F.regexp_extract(name, r"^(.*)\s+\S+$", 1), F.lit("")),
        "last_name": F.nullif(F.regexp_extract(name, r"(\S+)$", 1), F.lit("")),
        **{part: _of_address(part) for part in ("city", "country")},
    }


def _of_address(part: str) -> Column:
    places = ("address", "customer_address", "billing_details.address")
    return F.coalesce(*[_object_field(f"{place}.{part}") for place in places])


def _is_paid() -> Column:
    return _field("type").isin("charge.succeeded", "charge.refunded", "invoice.paid")


def _minor(value: Column) -> Column:
    return F.when(value.rlike(r"^\s*-?[0-9]+\s*$"), value.try_cast("decimal(18,0)"))


def _sent_amount() -> Column:
    """The amount in this event as sent, in the smallest unit."""
    kind = _field("type")
    return (
        F.when(kind == "charge.succeeded", _object_field("amount"))
        .when(kind == "charge.refunded", _object_field("amount_refunded"))
        .when(kind == "invoice.paid", _object_field("amount_paid"))
    )


def _amount() -> Column:
    before = _field("data.previous_attributes.amount_refunded")
    is_refund = _field("type") == "charge.refunded"
    refunded = F.when(before.isNull(), F.lit(0)).otherwise(_minor(before))
    units = _minor(_sent_amount()) - F.when(is_refund, refunded).otherwise(F.lit(0))
    code = F.upper(_object_field("currency"))
    parts = F.when(code.isin(*_NO_DECIMALS), 1).when(code.isin(*_THREE_DECIMALS), 1000)
    return (units / parts.otherwise(100)).try_cast(MONEY)


def _warnings() -> Warnings:
    path = "data.object.amount, amount_refunded or amount_paid"
    is_unread = is_given(_sent_amount()) & _amount().isNull()
    has_no_currency = _amount().isNotNull() & _object_field("currency").isNull()
    return [
        ("unreadable_amount", path, is_unread),
        ("missing_currency", "data.object.currency", has_no_currency),
    ]


def _rejections() -> Rejections:
    is_live = _field("livemode")
    return {
        "not_an_event": (~F.coalesce(_field("object") == "event", F.lit(False)), "object"),  # noqa: FBT003
        "missing_id": (is_missing("event_id"), "id"),
        "test_record": (~is_live, "livemode"),
        "missing_livemode": (is_live.isNull(), "livemode"),
        "missing_type": (is_missing("name"), "type"),
        **time_rejections("created"),
    }


FORMATS = (Format("stripe", "lines", parsed, known=_KNOWN),)
