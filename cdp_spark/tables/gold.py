"""Contracts of gold: customers with their daily activity, sessions, orders and scores."""

from pyspark.sql import types as T

from cdp_spark.tables.contract import (
    AMOUNTS,
    DAY,
    DIRECT,
    EVENT_CURRENCY,
    FACT,
    FLAG,
    INSTANT,
    MONEY,
    PROJECT_CURRENCY,
    PSEUDONYM,
    REAL,
    SNAPSHOT,
    STATE,
    TEXT,
    TEXTS,
    TOKEN,
    VARIANT,
    WHOLE,
    Field,
    Table,
)
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.silver import EVENT, SIGHTING

_CUSTOMER_ID = Field("customer_id", TOKEN, "the customer", required=True, personal=PSEUDONYM)

CUSTOMER = Table(
    name="gold.customer",
    kind=STATE,
    grain="one customer",
    key=("customer_id",),
    fields=(
        _CUSTOMER_ID,
        Field("email", TEXT, "by survivorship", personal=DIRECT),
        Field("phone", TEXT, "by survivorship", personal=DIRECT),
        Field("first_name", TEXT, "by survivorship", personal=DIRECT),
        Field("last_name", TEXT, "by survivorship", personal=DIRECT),
        Field("birth_on", DAY, "by survivorship", personal=DIRECT),
        Field("city", TEXT, "by survivorship", personal=DIRECT),
        Field("country", TEXT, "by survivorship"),
        Field("is_known", FLAG, "has more than device identifiers", required=True),
        Field("identifier_count", WHOLE, "identifiers linked", required=True),
        Field("event_count", WHOLE, "events", required=True),
        Field("order_count", WHOLE, "orders", required=True),
        Field(
            "net_amount",
            MONEY,
            "orders less refunds, converted; without those of unconverted_order_count",
            required=True,
            unit=PROJECT_CURRENCY,
        ),
        Field(
            "unconverted_order_count",
            WHOLE,
            "orders with an amount in a currency without a rate",
            required=True,
        ),
        Field("net_amounts", AMOUNTS, "currency → orders less refunds", required=True),
        Field("first_seen_at", INSTANT, "earliest event", required=True),
        Field("last_seen_at", INSTANT, "latest event", required=True),
    ),
    reads=(EVENT, SIGHTING, LINK),
    subject="customer_id",
)

ACTIVITY = Table(
    name="gold.activity",
    kind=FACT,
    grain="one customer's events of one name on one day, by the day they became available",
    key=("customer_id", "event_on", "available_on", "name"),
    fields=(
        _CUSTOMER_ID,
        Field("event_on", DAY, "day of the events", required=True),
        Field("available_on", DAY, "day the source received them", required=True),
        Field("name", TEXT, "event name", required=True),
        Field("event_count", WHOLE, "events", required=True),
        Field("order_count", WHOLE, "distinct orders among them", required=True),
        Field("order_amount", MONEY, "value bought", required=True, unit=PROJECT_CURRENCY),
        Field("refund_amount", MONEY, "value refunded", required=True, unit=PROJECT_CURRENCY),
        Field("item_count", WHOLE, "product lines", required=True),
    ),
    reads=(EVENT, SIGHTING, LINK),
    subject="customer_id",
    clustering=("event_on",),
)

ACCOUNT = Table(
    name="gold.account",
    kind=STATE,
    grain="one account that group calls name",
    key=("account_key",),
    fields=(
        Field("account_key", TOKEN, "hash of namespace and account_id", required=True),
        Field("account_id", TEXT, "the sender's id of the account", required=True),
        Field("name", TEXT, "latest name in its traits"),
        Field("traits", VARIANT, "traits of the latest group call", personal=DIRECT),
        Field("first_seen_at", INSTANT, "earliest event", required=True),
        Field("last_seen_at", INSTANT, "latest event", required=True),
        Field("event_count", WHOLE, "group calls", required=True),
        Field("member_count", WHOLE, "customers that are members", required=True),
    ),
    reads=(EVENT, SIGHTING, LINK),
)

ACCOUNT_MEMBER = Table(
    name="gold.account_member",
    kind=STATE,
    grain="one customer of one account",
    key=("account_key", "customer_id"),
    fields=(
        Field("account_key", TOKEN, "the account", required=True),
        _CUSTOMER_ID,
        Field("member_from", INSTANT, "earliest group call", required=True),
    ),
    reads=(EVENT, SIGHTING, LINK),
    subject="customer_id",
)

SESSION = Table(
    name="gold.session",
    kind=FACT,
    grain="one session: a customer's events without a gap of thirty minutes or more",
    key=("session_id",),
    fields=(
        Field("session_id", TOKEN, "hash of customer and first event", required=True),
        _CUSTOMER_ID,
        Field("started_at", INSTANT, "first event", required=True),
        Field("ended_at", INSTANT, "last event", required=True),
        Field("duration_seconds", WHOLE, "from first to last", required=True, unit="s"),
        Field("event_count", WHOLE, "events", required=True),
        Field("page_count", WHOLE, "pages and screens", required=True),
        Field("order_count", WHOLE, "distinct orders", required=True),
        Field("order_amount", MONEY, "value bought", required=True, unit=PROJECT_CURRENCY),
        Field("product_ids", TEXTS, "distinct products seen, sorted, at most 50", required=True),
        Field("brands", TEXTS, "distinct brands seen, sorted, at most 50", required=True),
        Field("categories", TEXTS, "distinct categories seen, sorted, at most 50", required=True),
        Field("price_min_amount", MONEY, "cheapest product seen", unit=EVENT_CURRENCY),
        Field("price_max_amount", MONEY, "most expensive product seen", unit=EVENT_CURRENCY),
        Field("campaign", TEXT, "first campaign of the session"),
    ),
    reads=(EVENT, SIGHTING, LINK),
    subject="customer_id",
)

RATE = Table(
    name="gold.rate",
    kind=STATE,
    grain="the exchange rate of one currency from one day on",
    key=("currency", "starts_on"),
    fields=(
        Field("currency", TEXT, "ISO 4217; the base itself has the rate 1", required=True),
        Field("starts_on", DAY, "first day of the rate", required=True),
        Field("base", TEXT, "the project's currency", required=True),
        Field("max_age_days", WHOLE, "days it holds where none follows", required=True),
        Field("rate", T.DecimalType(38, 12), "units of base for one unit", required=True),
    ),
)

ORDER = Table(
    name="gold.order",
    kind=FACT,
    grain="one order",
    key=("order_key",),
    fields=(
        Field("order_key", TOKEN, "hash of order_namespace and order_id", required=True),
        Field("order_id", TEXT, "the seller's number", required=True, personal=PSEUDONYM),
        Field("source", TEXT, "source of its first event", required=True),
        Field("customer_id", TOKEN, "the customer; null if no event names one", personal=PSEUDONYM),
        Field("ordered_at", INSTANT, "first event of the order", required=True),
        Field("amount", MONEY, "value bought; null if no event gives it", unit="currency"),
        Field(
            "refund_amount",
            MONEY,
            "value refunded; null if it is in another currency without a rate",
            unit="currency",
        ),
        Field("net_amount", MONEY, "amount less refunds; null without amount", unit="currency"),
        Field("currency", TEXT, "ISO 4217; null where the source has none"),
        Field(
            "converted_amount",
            MONEY,
            "net_amount in the project's currency by the rates of the days; null without a rate",
            unit=PROJECT_CURRENCY,
        ),
        Field("line_count", WHOLE, "product lines", required=True),
    ),
    reads=(EVENT, SIGHTING, LINK),
    subject="customer_id",
)

SCORE = Table(
    name="gold.score",
    kind=SNAPSHOT,
    grain="one customer's score by one model on one day",
    key=("customer_id", "as_of_on", "model"),
    fields=(
        _CUSTOMER_ID,
        Field("as_of_on", DAY, "day of the snapshot", required=True),
        Field("model", TEXT, "churn, propensity or clv", required=True),
        Field("score", REAL, "a probability, or an amount for clv", required=True),
        Field("decile", WHOLE, "1 highest … 10 lowest among those scored", required=True),
        Field("model_id", TOKEN, "hash of training rows and settings", required=True),
    ),
    subject="customer_id",
    clustering=("as_of_on",),
)
