"""Stripe: event objects as its webhooks and its API tell them, one a line.

Fields: https://docs.stripe.com/api/events/object; how amounts count: /currencies. Events of test
mode are refused as `test_record`. The name is Stripe's own, such as `charge.succeeded`: which of
them are orders and refunds is said in the settings of gold.

Amounts are whole numbers of the currency's smallest unit. Some currencies have none, some a
thousandth; UGX and ISK have none in the world but are told in hundredths. `charge.refunded` tells
all that was refunded so far: `amount` is what this event added, the difference from
`previous_attributes`. `order_id` is the shop's own from the metadata, else the payment intent, else
the object.

A customer of Stripe is no user of the shop: his id is told as the kind `stripe_customer_id`, which
joins people only where conf/identity.yaml has a rule for it. E-mail and phone join them anyhow.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    MONEY,
    Faults,
    at,
    is_missing,
    present,
    seen,
    texts,
    time_faults,
    told,
)
from cdp_spark.sources.settings import SourceSettings

_NO_DECIMALS = ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV",
                "XAF", "XOF", "XPF")  # fmt: skip
_THREE_DECIMALS = ("BHD", "JOD", "KWD", "OMR", "TND")
_FARTHEST = 10**12  # seconds; beyond, an instant overflows
_PERSON = texts("email", "name", "phone", address=texts("city", "country"))
_OBJECT = texts(
    *("id", "object", "customer", "currency", "amount", "amount_refunded", "amount_paid"),
    *("payment_intent", "email", "name", "phone", "receipt_email", "customer_email"),
    *("customer_name", "customer_phone"),
    address=texts("city", "country"),
    customer_address=texts("city", "country"),
    billing_details=_PERSON,
    metadata=texts("order_id"),
)
_SAID = texts(
    *("id", "object", "type", "created"),
    livemode="boolean",
    data=texts(object=_OBJECT, previous_attributes=texts("amount_refunded")),
)
_KNOWN = ("id", "type", "created", "data")
_IDENTIFIES = ("customer.created", "customer.updated")


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` says why a record is no event."""
    del source  # every Stripe account is parsed alike
    said = records.withColumn("said", at("$", _SAID))
    return told(said, records.columns, _told(), _faults())


def _said(path: str) -> Column:
    return F.col(f"said.{path}")


def _of(path: str) -> Column:
    return _said(f"data.object.{path}")


def _told() -> dict[str, Column]:
    seconds = _said("created").try_cast("bigint")
    bounded = F.greatest(F.least(seconds, F.lit(_FARTHEST)), F.lit(-_FARTHEST))
    event_at = F.when(seconds.isNotNull(), F.timestamp_seconds(bounded))
    is_customer = _of("object") == "customer"
    customer = F.when(is_customer, _of("id")).otherwise(_customer())
    contacts = _contacts()
    return {
        "event_id": _said("id"),
        "type": F.when(_said("type").isin(*_IDENTIFIES), "identify").otherwise("track"),
        "name": _said("type"),
        "event_at": event_at,
        "available_at": event_at,
        "order_id": F.when(_is_paid(), F.coalesce(*_orders())),
        "amount": _amount(),
        "currency": F.upper(_of("currency")),
        **contacts,
        "properties": at("$.data.object", "variant"),
        "traits": F.when(is_customer, at("$.data.object", "variant")),
        "identifiers": present(
            [
                seen("stripe_customer_id", customer),
                seen("email", contacts["email"]),
                seen("phone", contacts["phone"]),
            ]
        ),
    }


def _customer() -> Column:
    """The customer's id, also where the customer was expanded to an object."""
    expanded = at("$.data.object.customer.id")
    return F.coalesce(expanded, _of("customer"))


def _orders() -> list[Column]:
    intent = at("$.data.object.payment_intent.id")
    return [_of("metadata.order_id"), intent, _of("payment_intent"), _of("id")]


def _contacts() -> dict[str, Column]:
    name = F.trim(F.coalesce(_of("customer_name"), _of("name"), _of("billing_details.name")))
    return {
        "email": F.coalesce(
            *[_of(path) for path in ("email", "customer_email", "billing_details.email")],
            _of("receipt_email"),
        ),
        "phone": F.coalesce(
            *[_of(path) for path in ("phone", "customer_phone", "billing_details.phone")]
        ),
        # Stripe has one name only: its last word is taken for the family's.
        "first_name": F.nullif(F.regexp_extract(name, r"^(.*)\s+\S+$", 1), F.lit("")),
        "last_name": F.nullif(F.regexp_extract(name, r"(\S+)$", 1), F.lit("")),
        **{part: _of_address(part) for part in ("city", "country")},
    }


def _of_address(part: str) -> Column:
    places = ("address", "customer_address", "billing_details.address")
    return F.coalesce(*[_of(f"{place}.{part}") for place in places])


def _is_paid() -> Column:
    return _said("type").isin("charge.succeeded", "charge.refunded", "invoice.paid")


def _minor(value: Column) -> Column:
    return value.try_cast("decimal(18,0)")


def _given() -> Column:
    """The amount this event is about, as told, in the smallest unit."""
    kind = _said("type")
    return (
        F.when(kind == "charge.succeeded", _of("amount"))
        .when(kind == "charge.refunded", _of("amount_refunded"))
        .when(kind == "invoice.paid", _of("amount_paid"))
    )


def _amount() -> Column:
    before = _said("data.previous_attributes.amount_refunded")
    is_refund = _said("type") == "charge.refunded"
    refunded = F.when(before.isNull(), F.lit(0)).otherwise(_minor(before))
    units = _minor(_given()) - F.when(is_refund, refunded).otherwise(F.lit(0))
    code = F.upper(_of("currency"))
    parts = F.when(code.isin(*_NO_DECIMALS), 1).when(code.isin(*_THREE_DECIMALS), 1000)
    return (units / parts.otherwise(100)).try_cast(MONEY)


def _faults() -> Faults:
    is_whole = _given().rlike(r"^\s*[0-9]+\s*$")
    is_amount = is_whole & F.coalesce(F.col("amount") >= 0, F.lit(False))  # noqa: FBT003
    is_live = _said("livemode")
    return {
        "not_an_event": (~F.coalesce(_said("object") == "event", F.lit(False)), "object"),  # noqa: FBT003
        "missing_id": (is_missing("event_id"), "id"),
        "test_record": (~is_live, "livemode"),
        "missing_livemode": (is_live.isNull(), "livemode"),
        "missing_type": (is_missing("name"), "type"),
        **time_faults("created"),
        "bad_amount": (
            _given().isNotNull() & ~is_amount,
            "data.object.amount, amount_refunded or amount_paid",
        ),
        "missing_currency": (F.col("amount").isNotNull() & is_missing("currency"), "currency"),
    }


FORMATS = (Format("stripe", "lines", parsed, known=_KNOWN),)
