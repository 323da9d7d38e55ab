"""Contracts of audiences, activation and governance."""

from cdp_spark.tables.contract import (
    DAY,
    FACT,
    FLAG,
    INSTANT,
    PSEUDONYM,
    SNAPSHOT,
    TEXT,
    TEXTS,
    TOKEN,
    WHOLE,
    Field,
    Table,
)
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import CUSTOMER, SCORE

_CUSTOMER_ID = Field("customer_id", TOKEN, "the customer", required=True, personal=PSEUDONYM)

MEMBERSHIP = Table(
    name="audience.membership",
    kind=SNAPSHOT,
    grain="one customer in one segment on one day",
    key=("segment", "as_of_on", "customer_id"),
    fields=(
        Field("segment", TEXT, "name in conf/audiences.yaml", required=True),
        Field("as_of_on", DAY, "day of the snapshot", required=True),
        _CUSTOMER_ID,
        Field(
            "reasons", TEXTS, "the conditions that hold, in the order of the rule", required=True
        ),
    ),
    reads=(TRAIT, SCORE, CUSTOMER),
    subject="customer_id",
    clustering=("as_of_on",),
)

DELIVERY = Table(
    name="activation.delivery",
    kind=FACT,
    grain="one customer sent to one destination for one day",
    key=("destination", "as_of_on", "customer_id"),
    fields=(
        Field("destination", TEXT, "name in conf/activation.yaml", required=True),
        Field("as_of_on", DAY, "day of the snapshot", required=True),
        _CUSTOMER_ID,
        Field("segment", TEXT, "the segment sent", required=True),
        Field("is_written", FLAG, "false: held back", required=True),
        Field("reason", TEXT, "why it was held back: no_consent, no_contact"),
        Field("payload_hash", WHOLE, "xxhash64 of the row written"),
    ),
    reads=(MEMBERSHIP, CUSTOMER),
    subject="customer_id",
    clustering=("as_of_on",),
)

CONSENT = Table(
    name="governance.consent",
    kind=FACT,
    grain="one customer's latest answer on one purpose",
    key=("customer_id", "purpose"),
    fields=(
        _CUSTOMER_ID,
        Field("purpose", TEXT, "marketing, analytics, …", required=True),
        Field("is_granted", FLAG, "the latest answer", required=True),
        Field("answered_at", INSTANT, "time of the answer", required=True),
        Field("source", TEXT, "source of the answer", required=True),
        Field("event_count", WHOLE, "events with an answer", required=True),
    ),
    subject="customer_id",
)

PERMIT = Table(
    name="governance.permit",
    kind=FACT,
    grain="one customer's data for one purpose",
    key=("customer_id", "purpose"),
    fields=(
        _CUSTOMER_ID,
        Field("purpose", TEXT, "purpose that a job declares", required=True),
        Field("is_permitted", FLAG, "false: no job of that purpose may read it", required=True),
    ),
    subject="customer_id",
)

SUPPRESSION = Table(
    name="governance.suppression",
    kind=FACT,
    grain="one identifier whose events are no longer accepted",
    key=("identifier_key",),
    fields=(
        Field("identifier_key", TOKEN, "keyed token", required=True, personal=PSEUDONYM),
        Field("reason", TEXT, "erasure, objection, …", required=True),
        Field("suppressed_at", INSTANT, "start of the suppression", required=True),
    ),
    subject="identifier_key",
)
