"""Shopify: orders, refunds and customers from its webhooks and its REST API, one per line.

Fields: https://shopify.dev/docs/api/admin-rest, resources Order, Refund and Customer.

An order is one event, `Order Completed` (`Order Cancelled` if `cancelled_at` is set), with the id
of the order: Shopify sends the whole order at each update, but it is the same purchase, so revenue
counts once. The earliest update wins, by `updated_at`. Refunds inside an order are ignored, since
one record is one event and each update repeats them. They come from the topic refunds/create, each
as an `Order Refunded` with the amount. Send that topic to the same source as the orders: gold
subtracts a refund from the order of the same source. A cancelled order is subtracted by its refund,
too. Each update of a customer is a new event.

Orders with `test` are rejected as `test_record`. Consent is `marketing` for e-mail and
`sms_marketing` for SMS; an empty checkbox (`buyer_accepts_marketing: false`) does not withdraw
consent. Shopify's customer ids are the shop's `user_id`.
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
    is_given,
    is_missing,
    money,
    parsed_rows,
    present_identifiers,
    text_struct,
    time_rejections,
    time_warning,
    value_at,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.silver import PRODUCT
from cdp_spark.values.moment import timestamp_of

_ADDRESS = text_struct("first_name", "last_name", "phone", "city", "country", "country_code")
_CONSENT = text_struct("state")
_PERSON = text_struct(
    *("id", "email", "phone", "first_name", "last_name"),
    email_marketing_consent=_CONSENT,
    sms_marketing_consent=_CONSENT,
    default_address=_ADDRESS,
)
_LINE = text_struct("product_id", "sku", "title", "vendor", "price", "quantity")
_ORDER = text_struct(
    *("id", "created_at", "processed_at", "updated_at", "cancelled_at", "email", "phone"),
    *("contact_email", "total_price", "currency", "landing_site"),
    test="boolean",
    buyer_accepts_marketing="boolean",
    customer=_PERSON,
    billing_address=_ADDRESS,
    line_items=f"array<{_LINE}>",
)
_REFUND = text_struct(
    *("id", "order_id", "created_at", "processed_at"),
    transactions=f"array<{text_struct('kind', 'status', 'amount', 'currency', test='boolean')}>",
    refund_line_items=f"array<{text_struct('quantity', line_item=_LINE)}>",
)
_CUSTOMER = text_struct(
    *("id", "email", "phone", "first_name", "last_name", "created_at", "updated_at"),
    email_marketing_consent=_CONSENT,
    sms_marketing_consent=_CONSENT,
    accepts_marketing="boolean",
    default_address=_ADDRESS,
)
_ORDER_TIMES = ("created_at", "processed_at", "updated_at", "cancelled_at")
_REFUND_TIMES = ("created_at", "processed_at")
_CUSTOMER_TIMES = ("created_at", "updated_at")
_DENIED = ("unsubscribed", "not_subscribed")
_LINE_FIELDS = {"name": "title", "brand": "vendor", "price": "price", "quantity": "quantity"}
_WITH_CAMPAIGN = r"[?&]utm_campaign=([^&#]*)"


def orders(records: DataFrame, source: SourceSettings) -> DataFrame:
    """Orders and refunds with `PARSED` columns; `reason` is set if a record is rejected."""
    del source  # parsing does not depend on it
    is_refund = value_at("$.refund_line_items", "variant").isNotNull()
    return _orders(records.where(~is_refund)).unionByName(_refunds(records.where(is_refund)))


def _orders(records: DataFrame) -> DataFrame:
    extracted = _timed(records, _ORDER, _ORDER_TIMES)
    rejections = {
        "missing_id": (is_missing("event_id"), "id"),
        "test_record": (_field("test"), "test"),
        **_time_rejections(_ORDER_TIMES),
    }
    warnings = [*_time_warnings(_ORDER_TIMES), amount_warning("total_price", _field("total_price"))]
    return parsed_rows(extracted, records.columns, _order(), rejections, warnings)


def _refunds(records: DataFrame) -> DataFrame:
    extracted = _timed(records, _REFUND, _REFUND_TIMES)
    paid = F.filter(_field("transactions"), _is_repayment)
    is_test = F.exists(_field("transactions"), lambda one: F.coalesce(one["test"], F.lit(False)))  # noqa: FBT003
    is_bad = F.exists(paid, lambda one: is_given(one["amount"]) & money(one["amount"]).isNull())
    rejections = {
        "missing_id": (is_missing("event_id"), "id"),
        "missing_order": (is_missing("order_id"), "order_id"),
        "test_record": (is_test, "transactions.test"),
        **_time_rejections(_REFUND_TIMES),
    }
    warnings = [
        *_time_warnings(_REFUND_TIMES),
        ("unreadable_amount", "transactions.amount", is_bad),
    ]
    with_paid = extracted.withColumn("paid", paid)
    return parsed_rows(with_paid, records.columns, _refund(), rejections, warnings)


def customers(records: DataFrame, source: SourceSettings) -> DataFrame:
    """Customers with `PARSED` columns; `reason` is set if a record is rejected."""
    del source
    extracted = _timed(records, _CUSTOMER, _CUSTOMER_TIMES)
    rejections = {"missing_id": (is_missing("event_id"), "id"), **_time_rejections(_CUSTOMER_TIMES)}
    warnings = _time_warnings(_CUSTOMER_TIMES)
    return parsed_rows(extracted, records.columns, _customer(), rejections, warnings)


def _timed(records: DataFrame, kind: str, times: tuple[str, ...]) -> DataFrame:
    extracted = records.withColumn("fields", value_at("$", kind))
    return extracted.withColumns({name: timestamp_of(_field(name)) for name in times})


def _field(path: str) -> Column:
    return F.col(f"fields.{path}")


def _first(*paths: str) -> Column:
    """The first non-empty text: Shopify sends an empty e-mail for a guest."""
    return F.coalesce(*[F.nullif(_field(path), F.lit("")) for path in paths])


def _id(path: str) -> Column:
    """An id; null if it is empty, an object or a list."""
    return F.when(~_field(path).rlike(r"^\s*([\[{].*)?$"), _field(path))


def _order() -> dict[str, Column]:
    is_cancelled = F.col("cancelled_at").isNotNull()
    email = _first("email", "contact_email", "customer.email")
    phone = _first("phone", "customer.phone", "billing_address.phone")
    event_at = F.coalesce("cancelled_at", "processed_at", "created_at", "updated_at")
    return {
        "event_id": F.concat(
            F.lit("order:"), _id("id"), F.when(is_cancelled, ":cancelled").otherwise("")
        ),
        "type": F.lit("track"),
        "name": F.when(is_cancelled, "Order Cancelled").otherwise("Order Completed"),
        "event_at": event_at,
        "available_at": F.coalesce("updated_at", event_at),
        "order_id": _field("id"),
        "amount": money(_field("total_price")),
        "currency": _field("currency"),
        "products": F.transform(_filled(_field("line_items")), _product),
        "campaign": _campaign(),
        "email": email,
        "phone": phone,
        **{name: _of_buyer(name) for name in ("first_name", "last_name")},
        **{name: _of_buyer(name) for name in ("city", "country")},
        "consent": _consent("customer.", _checkout_consent()),
        "properties": value_at("$", "variant"),
        "identifiers": _people(_field("customer.id"), email, phone),
    }


def _refund() -> dict[str, Column]:
    event_at = F.coalesce("processed_at", "created_at")
    total = F.aggregate(
        "paid",
        F.lit(0).cast("decimal(38,2)"),
        lambda sum_, one: F.try_add(sum_, money(one["amount"])).cast("decimal(38,2)"),
    )
    lines = F.transform(_filled(_field("refund_line_items")), _returned_product)
    return {
        "event_id": F.concat(F.lit("refund:"), _id("id")),
        "type": F.lit("track"),
        "name": F.lit("Order Refunded"),
        "event_at": event_at,
        "available_at": F.coalesce("created_at", event_at),
        "order_id": _field("order_id"),
        # Returned goods without a repayment are a refund of zero.
        "amount": F.when(F.col("paid").isNull(), F.lit(0)).otherwise(total).try_cast(MONEY),
        "currency": F.get("paid", F.lit(0))["currency"],
        "products": lines,
        "properties": value_at("$", "variant"),
    }


def _customer() -> dict[str, Column]:
    event_at = F.coalesce("updated_at", "created_at")
    address = {name: _field(f"default_address.{name}") for name in ("city", "country")}
    phone, email = _first("phone", "default_address.phone"), _first("email")
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
        "identifiers": _people(_field("id"), email, phone),
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


def _returned_product(line: Column) -> Column:
    quantity = line["quantity"].try_cast("decimal(18,3)")
    return _product(line["line_item"]).withField("quantity", quantity)


def _is_repayment(transaction: Column) -> Column:
    return (transaction["kind"] == "refund") & (transaction["status"] == "success")


def _time_rejections(times: tuple[str, ...]) -> Rejections:
    return time_rejections(f"{', '.join(times[:-1])} or {times[-1]}")


def _time_warnings(times: tuple[str, ...]) -> Warnings:
    return [time_warning(name, _field(name), F.col(name)) for name in times]


FORMATS = (
    Format("shopify_orders", "lines", orders),
    Format("shopify_customers", "lines", customers),
)
