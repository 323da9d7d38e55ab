"""Stripe: event objects from its webhooks and its API, one per line.

Fields: https://docs.stripe.com/api/events/object; amounts: https://docs.stripe.com/currencies.
Events of test mode are rejected as `test_record`. The name is Stripe's type, such as
`charge.succeeded`; the settings of gold define which types are orders and refunds.

Amounts are whole numbers of the currency's smallest unit. Some currencies have no smaller unit,
some use thousandths; UGX and ISK have none either, but Stripe sends them in hundredths.

One payment is reported by several event types, and all of them carry the same `order_id`: the one
in the metadata, else the payment intent, else the charge or the object itself. From API version
2025-03-31 on, the payment intent of an invoice is in its list of payments. So gold counts a
payment once. An order are `charge.succeeded` if it is captured, `charge.captured`,
`payment_intent.succeeded`, `invoice.paid` above zero, and a checkout session of mode payment that
is paid; a session of a subscription is not, because its invoice is. `charge.refunded` has the total
refunded so far: `amount` is the difference from `previous_attributes`.

A Stripe customer is not a user of the shop, so its id has the kind `stripe_customer_id`. It links
people only if conf/identity.yaml has a rule for it. E-mail and phone link them anyway.
"""

from functools import reduce
from operator import or_

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
_PAYMENTS = f"array<{text_struct(payment=text_struct('payment_intent', 'charge'))}>"
_AMOUNTS = {
    "charge.succeeded": ("amount_captured", "amount"),
    "charge.captured": ("amount_captured", "amount"),
    "charge.refunded": ("amount_refunded",),
    "payment_intent.succeeded": ("amount_received", "amount"),
    "invoice.paid": ("amount_paid",),
    "checkout.session.completed": ("amount_total",),
    "checkout.session.async_payment_succeeded": ("amount_total",),
}
_SESSIONS = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
_OBJECT = text_struct(
    *("id", "object", "customer", "currency", "amount", "amount_refunded", "amount_paid"),
    *("amount_captured", "amount_received", "amount_total", "captured", "payment_status", "mode"),
    *("payment_intent", "charge", "email", "name", "phone", "receipt_email", "customer_email"),
    *("customer_name", "customer_phone"),
    address=text_struct("city", "country"),
    customer_address=text_struct("city", "country"),
    billing_details=_PERSON,
    customer_details=_PERSON,
    metadata=text_struct("order_id"),
    payments=text_struct(data=_PAYMENTS),
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
        "order_id": F.when(_is_order(), F.coalesce(*_orders())),
        "amount": F.when(_is_order(), _amount()),
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
    return _id_of(_object_field("customer"))


def _id_of(text: Column) -> Column:
    """The id in a text; of an object in its place, which Stripe calls expanded, its own id."""
    return F.when(text.startswith("{"), F.get_json_object(text, "$.id")).otherwise(text)


def _orders() -> list[Column]:
    """Ids of the order, the first that is not null counts."""
    payments = _object_field("payments.data")
    paid_by = F.filter(payments, lambda one: F.coalesce(*_ids_in(one["payment"])).isNotNull())
    first = F.get(paid_by, F.lit(0))["payment"]
    return [
        F.nullif(_object_field("metadata.order_id"), F.lit("")),
        _id_of(_object_field("payment_intent")),
        F.coalesce(*_ids_in(first)),
        _id_of(_object_field("charge")),
        _object_field("id"),
    ]


def _ids_in(payment: Column) -> list[Column]:
    return [_id_of(payment["payment_intent"]), _id_of(payment["charge"])]


def _contacts() -> dict[str, Column]:
    name = F.trim(
        F.coalesce(
            _object_field("customer_name"),
            _object_field("name"),
            _object_field("billing_details.name"),
            _object_field("customer_details.name"),
        )
    )
    return {
        "email": F.coalesce(
            *[_object_field(path) for path in ("email", "customer_email", "billing_details.email")],
            _object_field("customer_details.email"),
            _object_field("receipt_email"),
        ),
        "phone": F.coalesce(
            *[_object_field(path) for path in ("phone", "customer_phone", "billing_details.phone")],
            _object_field("customer_details.phone"),
        ),
        # Stripe has a single name: its last word counts as the last name.
        "first_name": F.nullif(F.regexp_extract(name, r"^(.*)\s+\S+$", 1), F.lit("")),
        "last_name": F.nullif(F.regexp_extract(name, r"(\S+)$", 1), F.lit("")),
        **{part: _of_address(part) for part in ("city", "country")},
    }


def _of_address(part: str) -> Column:
    places = ("address", "customer_address", "billing_details.address", "customer_details.address")
    return F.coalesce(*[_object_field(f"{place}.{part}") for place in places])


def _is_order() -> Column:
    """Whether money moved: the event is a payment, or a refund of one."""
    kind = _field("type")
    is_authorised_only = (kind == "charge.succeeded") & (_object_field("captured") == "false")
    is_paid_session = (_object_field("payment_status") == "paid") & (
        F.coalesce(_object_field("mode"), F.lit("payment")) == "payment"
    )
    is_other_session = kind.isin(*_SESSIONS) & ~F.coalesce(is_paid_session, F.lit(False))  # noqa: FBT003
    is_free_invoice = (kind == "invoice.paid") & (_minor(_sent_amount()) == 0)
    exceptions = (is_authorised_only, is_other_session, is_free_invoice)
    is_exception = reduce(or_, [F.coalesce(one, F.lit(False)) for one in exceptions])  # noqa: FBT003
    return kind.isin(*_AMOUNTS) & ~is_exception


def _minor(value: Column) -> Column:
    return F.when(value.rlike(r"^\s*-?[0-9]+\s*$"), value.try_cast("decimal(18,0)"))


def _sent_amount() -> Column:
    """The amount in this event as sent, in the smallest unit."""
    sent = F.lit(None).cast("string")
    for kind, names in _AMOUNTS.items():
        amount = F.coalesce(*map(_object_field, names))
        sent = F.when(_field("type") == kind, amount).otherwise(sent)
    return sent


def _amount() -> Column:
    """The amount of a payment or refund; null for an event that moved no money."""
    before = _field("data.previous_attributes.amount_refunded")
    is_refund = _field("type") == "charge.refunded"
    refunded = F.when(before.isNull(), F.lit(0)).otherwise(_minor(before))
    units = _minor(_sent_amount()) - F.when(is_refund, refunded).otherwise(F.lit(0))
    code = F.upper(_object_field("currency"))
    parts = F.when(code.isin(*_NO_DECIMALS), 1).when(code.isin(*_THREE_DECIMALS), 1000)
    return (units / parts.otherwise(100)).try_cast(MONEY)


def _warnings() -> Warnings:
    path = "data.object.amount, amount_captured, amount_refunded, amount_paid or amount_total"
    is_unread = is_given(_sent_amount()) & _amount().isNull()
    has_no_currency = _amount().isNotNull() & _object_field("currency").isNull()
    return [
        ("missing_livemode", "livemode", _field("livemode").isNull()),
        ("unreadable_amount", path, is_unread),
        ("missing_currency", "data.object.currency", has_no_currency),
    ]


def _rejections() -> Rejections:
    is_live = _field("livemode")
    return {
        "not_an_event": (~F.coalesce(_field("object") == "event", F.lit(False)), "object"),  # noqa: FBT003
        "missing_id": (is_missing("event_id"), "id"),
        "test_record": (~is_live, "livemode"),
        "missing_type": (is_missing("name"), "type"),
        **time_rejections("created"),
    }


FORMATS = (Format("stripe", "lines", parsed, known=_KNOWN),)
