"""Shopify: orders, refunds and customers from its webhooks, REST and GraphQL APIs, one per line.

Fields: https://shopify.dev/docs/api/admin-rest and .../admin-graphql, Order, Refund and Customer. A
GraphQL id such as gid://shopify/Order/501 is the number 501 of the REST API.

An order is one event with the id of the order: Shopify sends the whole order at each update, but
it is the same purchase, so revenue counts once, and the earliest update wins, by `updated_at`. Its
name is `Order Completed` if it is paid, wholly or in part, or was; `Order Placed` while its
`financial_status` is pending, authorized, unpaid or expired; `Order Cancelled` if `cancelled_at` is
set or the payment is voided; `Gift Card Bought` if it has gift cards only, because what they buy is
counted later. Each of these states is an event of its own. Gift cards in other orders are taken off
the amount. An order of zero is an order. Orders with `test` are rejected as `test_record`.

Refunds come from the topic refunds/create and inside orders, each as an `Order Refunded` with the
amount; a refund that comes both ways is one event. While a repayment is pending and none is done it
is another event, `Refund Pending`. Gold subtracts a refund from its order. A cancelled order is
subtracted by its refund, too. Each update of a customer is a new event.

Consent is `marketing` for e-mail and `sms_marketing` for SMS; an empty checkbox
(`buyer_accepts_marketing: false`) does not withdraw consent. Shopify's customer ids are the shop's
`user_id`.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    MONEY,
    Rejections,
    Warnings,
    amount_warning,
    identifier,
    is_missing,
    money,
    parsed_rows,
    present_identifiers,
    time_rejections,
    time_warning,
    value_at,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.sources.shopify_fields import CUSTOMER, GRAPHQL, ORDER, REFUND, number_in
from cdp_spark.sources.shopify_lines import (
    is_gift_card,
    order_lines,
    product_of,
    returned_products,
    total_of,
)
from cdp_spark.sources.shopify_refunds import REFUNDS
from cdp_spark.sources.shopify_repayments import (
    has_unreadable_amount,
    is_tried,
    repaid_amount,
    repaid_currency,
    with_repayments,
)
from cdp_spark.values.moment import timestamp_of

_ORDER_TIMES = ("created_at", "processed_at", "updated_at", "cancelled_at")
_REFUND_TIMES = ("created_at", "processed_at")
_CUSTOMER_TIMES = ("created_at", "updated_at")
_DENIED = ("unsubscribed", "not_subscribed")
_UNPAID = ("pending", "authorized", "unpaid", "expired")
_WITH_CAMPAIGN = r"[?&]utm_campaign=([^&#]*)"


def orders(records: DataFrame, source: SourceSettings) -> DataFrame:
    """Orders and refunds with `PARSED` columns; `reason` is set if a record is rejected."""
    del source  # parsing does not depend on it
    is_refund = (
        value_at("$.refund_line_items", "variant").isNotNull()
        | value_at("$.refundLineItems", "variant").isNotNull()
        | F.coalesce(value_at("$.id").startswith("gid://shopify/Refund/"), F.lit(False))  # noqa: FBT003
    )
    return _orders(records.where(~is_refund)).unionByName(_refunds(records.where(is_refund)))


def _orders(records: DataFrame) -> DataFrame:
    extracted = _timed(records, ORDER, _ORDER_TIMES)
    rejections = {
        "missing_id": (is_missing("event_id"), "id"),
        "test_record": (_field("test"), "test"),
        **_time_rejections(_ORDER_TIMES),
    }
    warnings = [*_time_warnings(_ORDER_TIMES), amount_warning("total_price", _field("total_price"))]
    return parsed_rows(extracted, records.columns, _order(), rejections, warnings)


def _refunds(records: DataFrame) -> DataFrame:
    extracted = with_repayments(_timed(records, REFUND, _REFUND_TIMES))
    rejections = {
        "missing_id": (is_missing("event_id"), "id"),
        "missing_order": (is_missing("order_id"), "order_id"),
        "test_record": (is_tried() | _field("test"), "transactions.test"),
        **_time_rejections(_REFUND_TIMES),
    }
    warnings = [
        *_time_warnings(_REFUND_TIMES),
        ("unreadable_amount", "transactions.amount", has_unreadable_amount()),
    ]
    return parsed_rows(extracted, records.columns, _refund(), rejections, warnings)


def customers(records: DataFrame, source: SourceSettings) -> DataFrame:
    """Customers with `PARSED` columns; `reason` is set if a record is rejected."""
    del source
    extracted = _timed(records, CUSTOMER, _CUSTOMER_TIMES)
    rejections = {"missing_id": (is_missing("event_id"), "id"), **_time_rejections(_CUSTOMER_TIMES)}
    warnings = _time_warnings(_CUSTOMER_TIMES)
    return parsed_rows(extracted, records.columns, _customer(), rejections, warnings)


def _timed(records: DataFrame, kind: str, times: tuple[str, ...]) -> DataFrame:
    extracted = records.withColumn("fields", value_at("$", kind))
    return extracted.withColumns({name: timestamp_of(_field(name)) for name in times})


def _field(path: str) -> Column:
    """A field by its name in the REST API, of either API."""
    found = F.col(f"fields.{path}")
    return F.coalesce(found, F.col(f"fields.{GRAPHQL[path]}")) if path in GRAPHQL else found


def _first(*paths: str) -> Column:
    """The first non-empty text: Shopify sends an empty e-mail for a guest."""
    return F.coalesce(*[F.nullif(_field(path), F.lit("")) for path in paths])


def _id(path: str) -> Column:
    """An id as a number; null if it is empty, an object or a list."""
    is_id = ~_field(path).rlike(r"^\s*([\[{].*)?$")
    return F.when(is_id, number_in(_field(path)))


def _order() -> dict[str, Column]:
    email = _first("email", "contact_email", "customer.email")
    phone = _first("phone", "customer.phone", "billing_address.phone")
    event_at = F.coalesce("cancelled_at", "processed_at", "created_at", "updated_at")
    state = _state()
    return {
        "event_id": F.concat(F.lit("order:"), _id("id"), _suffix(state)),
        "type": F.lit("track"),
        "name": state,
        "event_at": event_at,
        "available_at": F.coalesce("updated_at", event_at),
        "order_id": _id("id"),
        "amount": _order_amount(),
        "currency": F.coalesce(_field("currency"), F.col("fields.currencyCode")),
        "products": F.transform(order_lines(), product_of),
        "campaign": _campaign(),
        "email": email,
        "phone": phone,
        **{name: _of_buyer(name) for name in ("first_name", "last_name")},
        **{name: _of_buyer(name) for name in ("city", "country")},
        "consent": _consent("customer.", _checkout_consent()),
        "properties": value_at("$", "variant"),
        "identifiers": _people(number_in(_field("customer.id")), email, phone),
    }


def _state() -> Column:
    """The name of the event: what the order is by now."""
    status = F.lower(_field("financial_status"))
    has_other_lines = F.exists(order_lines(), lambda line: ~is_gift_card(line))
    is_gift_only = (F.size(order_lines()) > 0) & ~has_other_lines
    return (
        F.when(F.col("cancelled_at").isNotNull() | (status == "voided"), "Order Cancelled")
        .when(status.isin(*_UNPAID), "Order Placed")
        .when(is_gift_only, "Gift Card Bought")
        .otherwise("Order Completed")
    )


def _suffix(state: Column) -> Column:
    """What the state adds to the id of the event."""
    return (
        F.when(state == "Order Cancelled", ":cancelled")
        .when(state == "Order Placed", ":placed")
        .otherwise("")
    )


def _order_amount() -> Column:
    """The total without gift cards: they are paid for now and counted when they buy something."""
    cards = F.filter(order_lines(), is_gift_card)
    total, has_cards = money(_field("total_price")), F.coalesce(F.size(cards) > 0, F.lit(False))  # noqa: FBT003
    without = F.greatest(total - total_of(cards), F.lit(0))
    is_gift_only = _state() == "Gift Card Bought"
    return F.when(has_cards & ~is_gift_only, without).otherwise(total).try_cast(MONEY)


def _refund() -> dict[str, Column]:
    event_at = F.coalesce("processed_at", "created_at")
    pending = F.col("is_pending")
    return {
        # Not the same event: it has the same time, so it could win over the one that is paid.
        "event_id": F.concat(
            F.lit("refund:"), _id("id"), F.when(pending, ":pending").otherwise("")
        ),
        "type": F.lit("track"),
        "name": F.when(pending, "Refund Pending").otherwise("Order Refunded"),
        "event_at": event_at,
        "available_at": F.coalesce("created_at", event_at),
        "order_id": F.coalesce(_id("order_id"), _id("order.id")),
        "amount": repaid_amount().try_cast(MONEY),
        "currency": repaid_currency(),
        "products": returned_products(),
        "properties": value_at("$", "variant"),
    }


def _customer() -> dict[str, Column]:
    event_at = F.coalesce("updated_at", "created_at")
    address = {name: _field(f"default_address.{name}") for name in ("city", "country")}
    contacts = ("phone", "defaultPhoneNumber.phoneNumber", "default_address.phone")
    phone, email = _first(*contacts), _first("email", "defaultEmailAddress.emailAddress")
    version = F.coalesce(_field("updated_at"), _field("created_at"), F.lit(""))
    return {
        "event_id": F.concat(F.lit("customer:"), _id("id"), F.lit(":"), version),
        "type": F.lit("identify"),
        "name": F.lit("identify"),
        "event_at": event_at,
        "available_at": event_at,
        "email": email,
        "phone": phone,
        **{name: _field(name) for name in ("first_name", "last_name")},
        "city": address["city"],
        "country": address["country"],
        "consent": _consent("", F.when(_field("accepts_marketing"), F.lit(True))),  # noqa: FBT003
        "traits": value_at("$", "variant"),
        "identifiers": _people(_id("id"), email, phone),
    }


def _of_buyer(name: str) -> Column:
    # Not the shipping address: a gift goes to someone else.
    places = ("billing_address", "customer.default_address")
    found = [_field(f"{place}.{name}") for place in places]
    own = [_field(f"customer.{name}")] if name.endswith("_name") else []
    return F.coalesce(*own, *found)


def _people(user_id: Column, email: Column, phone: Column) -> Column:
    return present_identifiers(
        [identifier("user_id", user_id), identifier("email", email), identifier("phone", phone)]
    )


def _checkout_consent() -> Column:
    return F.when(_field("buyer_accepts_marketing"), F.lit(True))  # noqa: FBT003


def _consent(place: str, otherwise: Column) -> Column:
    def state(channel: str) -> Column:
        status = F.lower(_field(f"{place}{channel}_marketing_consent.state"))
        is_given = F.when(status == "subscribed", F.lit(True))  # noqa: FBT003
        return is_given.when(status.isin(*_DENIED), F.lit(False))  # noqa: FBT003

    states = F.create_map(
        F.lit("marketing"), F.coalesce(state("email"), otherwise),
        F.lit("sms_marketing"), state("sms"),
    )  # fmt: skip
    given = F.map_filter(states, lambda _, is_granted: is_granted.isNotNull())
    return F.when(F.size(given) > 0, given)


def _campaign() -> Column:
    found = F.regexp_extract(_field("landing_site"), _WITH_CAMPAIGN, 1)
    return F.nullif(F.coalesce(F.try_url_decode(found), found), F.lit(""))


def _time_rejections(times: tuple[str, ...]) -> Rejections:
    return time_rejections(f"{', '.join(times[:-1])} or {times[-1]}")


def _time_warnings(times: tuple[str, ...]) -> Warnings:
    return [time_warning(name, _field(name), F.col(name)) for name in times]


FORMATS = (
    Format("shopify_orders", "lines", orders, split=REFUNDS),
    Format("shopify_customers", "lines", customers),
)
