"""Shopify: orders, refunds and customers as its webhooks and its REST API tell them, one a line.

Fields: https://shopify.dev/docs/api/admin-rest, resources Order, Refund and Customer.

An order is one event, `Order Completed` (`Order Cancelled` where `cancelled_at` is set), and its id
is the order's: Shopify sends the order anew at each update, and those are the same purchase, so the
revenue counts once. Of its updates the earliest wins, by `updated_at`. The refunds inside an order
are not told by it, for one record is one event and each update repeats them: they are taken from
the topic refunds/create, one `Order Refunded` each with what was given back. Deliver that topic to
the same source as the orders: gold takes refunds off the order of their own source. A cancelled
order is taken off by its refund, too. A customer's record is an event anew at each update.

Orders with `test` are refused as `test_record`. Consent is `marketing` for e-mail and
`sms_marketing` for texts; a box left empty at the checkout (`buyer_accepts_marketing: false`) takes
back nothing. The numbers Shopify gives to customers are the shop's `user_id`.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    MONEY,
    Faults,
    at,
    is_bad_amount,
    is_missing,
    is_unread,
    money,
    present,
    seen,
    texts,
    time_faults,
    told,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import moment_of

_ADDRESS = texts("first_name", "last_name", "phone", "city", "country", "country_code")
_CONSENT = texts("state")
_PERSON = texts(
    *("id", "email", "phone", "first_name", "last_name"),
    email_marketing_consent=_CONSENT,
    sms_marketing_consent=_CONSENT,
    default_address=_ADDRESS,
)
_LINE = texts("product_id", "sku", "title", "vendor", "price", "quantity")
_ORDER = texts(
    *("id", "created_at", "processed_at", "updated_at", "cancelled_at", "email", "phone"),
    *("contact_email", "total_price", "currency", "landing_site"),
    test="boolean",
    buyer_accepts_marketing="boolean",
    customer=_PERSON,
    billing_address=_ADDRESS,
    line_items=f"array<{_LINE}>",
)
_REFUND = texts(
    *("id", "order_id", "created_at", "processed_at"),
    transactions=f"array<{texts('kind', 'status', 'amount', 'currency', test='boolean')}>",
    refund_line_items=f"array<{texts('quantity', line_item=_LINE)}>",
)
_CUSTOMER = texts(
    *("id", "email", "phone", "first_name", "last_name", "created_at", "updated_at"),
    email_marketing_consent=_CONSENT,
    sms_marketing_consent=_CONSENT,
    accepts_marketing="boolean",
    default_address=_ADDRESS,
)
_ORDER_TIMES = ("created_at", "processed_at", "updated_at", "cancelled_at")
_REFUND_TIMES = ("created_at", "processed_at")
_CUSTOMER_TIMES = ("created_at", "updated_at")
_REFUSES = ("unsubscribed", "not_subscribed")
_LINE_FIELDS = {"name": "title", "brand": "vendor", "price": "price", "quantity": "quantity"}
_WITH_CAMPAIGN = r"[?&]utm_campaign=([^&#]*)"


def orders(records: DataFrame, source: SourceSettings) -> DataFrame:
    """Orders and refunds with `PARSED` columns; `reason` says why a record is no event."""
    del source  # every shop is parsed alike
    is_refund = at("$.refund_line_items", "variant").isNotNull()
    return _orders(records.where(~is_refund)).unionByName(_refunds(records.where(is_refund)))


def _orders(records: DataFrame) -> DataFrame:
    said = _timed(records, _ORDER, _ORDER_TIMES)
    total = _said("total_price")
    faults = {
        "missing_id": (is_missing("event_id"), "id"),
        "test_record": (_said("test"), "test"),
        **_time_faults(_ORDER_TIMES),
        "bad_amount": (total.isNull() | is_bad_amount(total), "total_price"),
    }
    return told(said, records.columns, _order(), faults)


def _refunds(records: DataFrame) -> DataFrame:
    said = _timed(records, _REFUND, _REFUND_TIMES)
    paid = F.filter(_said("transactions"), _is_paid_back)
    is_test = F.exists(_said("transactions"), lambda one: F.coalesce(one["test"], F.lit(False)))  # noqa: FBT003
    is_bad = F.exists("paid", lambda one: is_bad_amount(one["amount"]))
    faults = {
        "missing_id": (is_missing("event_id"), "id"),
        "missing_order": (is_missing("order_id"), "order_id"),
        "test_record": (is_test, "transactions.test"),
        **_time_faults(_REFUND_TIMES),
        "bad_amount": (is_bad | F.col("amount").isNull(), "transactions.amount"),
    }
    return told(said.withColumn("paid", paid), records.columns, _refund(), faults)


def customers(records: DataFrame, source: SourceSettings) -> DataFrame:
    """Customers with `PARSED` columns; `reason` says why a record is no event."""
    del source
    said = _timed(records, _CUSTOMER, _CUSTOMER_TIMES)
    faults = {"missing_id": (is_missing("event_id"), "id"), **_time_faults(_CUSTOMER_TIMES)}
    return told(said, records.columns, _customer(), faults)


def _timed(records: DataFrame, kind: str, times: tuple[str, ...]) -> DataFrame:
    said = records.withColumn("said", at("$", kind))
    return said.withColumns({name: moment_of(_said(name)) for name in times})


def _said(path: str) -> Column:
    return F.col(f"said.{path}")


def _first(*paths: str) -> Column:
    """The first text that is filled: Shopify tells a guest's e-mail as an empty text."""
    return F.coalesce(*[F.nullif(_said(path), F.lit("")) for path in paths])


def _id(path: str) -> Column:
    """An id; null where a structure or nothing stands instead."""
    return F.when(~_said(path).rlike(r"^\s*([\[{].*)?$"), _said(path))


def _order() -> dict[str, Column]:
    is_cancelled = F.col("cancelled_at").isNotNull()
    email = _first("email", "contact_email", "customer.email")
    phone = _first("phone", "customer.phone", "billing_address.phone")
    event_at = F.coalesce("cancelled_at", "processed_at", "created_at")
    return {
        "event_id": F.concat(
            F.lit("order:"), _id("id"), F.when(is_cancelled, ":cancelled").otherwise("")
        ),
        "type": F.lit("track"),
        "name": F.when(is_cancelled, "Order Cancelled").otherwise("Order Completed"),
        "event_at": event_at,
        "available_at": F.coalesce("updated_at", event_at),
        "order_id": _said("id"),
        "amount": money(_said("total_price")),
        "currency": _said("currency"),
        "products": F.transform(_filled(_said("line_items")), _product),
        "campaign": _campaign(),
        "email": email,
        "phone": phone,
        **{name: _of_buyer(name) for name in ("first_name", "last_name")},
        **{name: _of_buyer(name) for name in ("city", "country")},
        "consent": _consent("customer.", _accepts()),
        "properties": at("$", "variant"),
        "identifiers": _people(_said("customer.id"), email, phone),
    }


def _refund() -> dict[str, Column]:
    event_at = F.coalesce("processed_at", "created_at")
    total = F.aggregate(
        "paid",
        F.lit(0).cast("decimal(38,2)"),
        lambda sum_, one: F.try_add(sum_, money(one["amount"])).cast("decimal(38,2)"),
    )
    lines = F.transform(_filled(_said("refund_line_items")), _given_back)
    return {
        "event_id": F.concat(F.lit("refund:"), _id("id")),
        "type": F.lit("track"),
        "name": F.lit("Order Refunded"),
        "event_at": event_at,
        "available_at": F.coalesce("created_at", event_at),
        "order_id": _said("order_id"),
        # Goods taken back without money returned are a refund of nothing.
        "amount": F.when(F.col("paid").isNull(), F.lit(0)).otherwise(total).try_cast(MONEY),
        "currency": F.get("paid", F.lit(0))["currency"],
        "products": lines,
        "properties": at("$", "variant"),
    }


def _customer() -> dict[str, Column]:
    event_at = F.coalesce("updated_at", "created_at")
    address = {name: _said(f"default_address.{name}") for name in ("city", "country")}
    phone, email = _first("phone", "default_address.phone"), _first("email")
    version = F.coalesce(_said("updated_at"), _said("created_at"), F.lit(""))
    return {
        "event_id": F.concat(F.lit("customer:"), _id("id"), F.lit(":"), version),
        "type": F.lit("identify"),
        "name": F.lit("identify"),
        "event_at": event_at,
        "available_at": event_at,
        "email": email,
        "phone": phone,
        **{name: _said(name) for name in ("first_name", "last_name")},
        "city": address["city"],
        "country": address["country"],
        "consent": _consent("", F.when(_said("accepts_marketing"), F.lit(True))),  # noqa: FBT003
        "traits": at("$", "variant"),
        "identifiers": _people(_said("id"), email, phone),
    }


def _of_buyer(name: str) -> Column:
    # Not the shipping address: a gift goes to someone else.
    places = ("billing_address", "customer.default_address")
    found = [_said(f"{place}.{name}") for place in places]
    own = [_said(f"customer.{name}")] if name.endswith("_name") else []
    return F.coalesce(*own, *found)


def _people(user_id: Column, email: Column, phone: Column) -> Column:
    return present([seen("user_id", user_id), seen("email", email), seen("phone", phone)])


def _accepts() -> Column:
    return F.when(_said("buyer_accepts_marketing"), F.lit(True))  # noqa: FBT003


def _consent(place: str, otherwise: Column) -> Column:
    def state(channel: str) -> Column:
        said = F.lower(_said(f"{place}{channel}_marketing_consent.state"))
        is_given = F.when(said == "subscribed", F.lit(True))  # noqa: FBT003
        return is_given.when(said.isin(*_REFUSES), F.lit(False))  # noqa: FBT003

    states = F.create_map(
        F.lit("marketing"), F.coalesce(state("email"), otherwise),
        F.lit("sms_marketing"), state("sms"),
    )  # fmt: skip
    given = F.map_filter(states, lambda _, is_granted: is_granted.isNotNull())
    return F.when(F.size(given) > 0, given)


def _campaign() -> Column:
    found = F.regexp_extract(_said("landing_site"), _WITH_CAMPAIGN, 1)
    return F.nullif(F.coalesce(F.try_url_decode(found), found), F.lit(""))


def _filled(lines: Column) -> Column:
    return F.filter(lines, lambda one: one.isNotNull())


def _product(line: Column) -> Column:
    given = {name: line[field] for name, field in _LINE_FIELDS.items()}
    given["product_id"] = F.coalesce(line["product_id"], line["sku"])
    return F.struct(
        *[
            given.get(one.name, F.lit(None)).try_cast(one.dataType).alias(one.name)
            for one in PRODUCT
        ]
    )


def _given_back(line: Column) -> Column:
    quantity = line["quantity"].try_cast("decimal(18,3)")
    return _product(line["line_item"]).withField("quantity", quantity)


def _is_paid_back(transaction: Column) -> Column:
    return (transaction["kind"] == "refund") & (transaction["status"] == "success")


def _time_faults(times: tuple[str, ...]) -> Faults:
    unread = [is_unread(_said(name), F.col(name)) for name in times]
    return time_faults(f"{', '.join(times[:-1])} or {times[-1]}", *unread)


FORMATS = (
    Format("shopify_orders", "lines", orders),
    Format("shopify_customers", "lines", customers),
)
