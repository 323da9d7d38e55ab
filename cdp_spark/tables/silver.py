"""Contracts of silver: events, the identifiers seen in them, and rejected records."""

from pyspark.sql import types as T

from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.contract import (
    BYTES,
    DAY,
    DIRECT,
    FACT,
    FLAG,
    FLAGS,
    INSTANT,
    MONEY,
    PSEUDONYM,
    SMALL,
    TEXT,
    TEXTS,
    TOKEN,
    VARIANT,
    WHOLE,
    Field,
    Table,
)

PRODUCT = T.StructType(
    [
        T.StructField("product_id", T.StringType()),
        T.StructField("name", T.StringType()),
        T.StructField("brand", T.StringType()),
        T.StructField("category", T.StringType()),
        T.StructField("price", T.DecimalType(18, 2)),
        T.StructField("quantity", T.DecimalType(18, 3)),
    ]
)

_ORIGIN = (
    Field("source", TEXT, "name of the source", required=True),
    Field("record_id", TOKEN, "the record in bronze", required=True),
    Field("raw_hash", WHOLE, "xxhash64 of the record's bytes", required=True),
    Field("batch", WHOLE, "batch within the source", required=True, volatile=True),
)

EVENT = Table(
    name="silver.event",
    kind=FACT,
    grain="one event, however often it was delivered",
    key=("event_key",),
    fields=(
        Field("event_key", TOKEN, "hash of source and event_id", required=True),
        Field("bucket", SMALL, "first byte of event_key modulo 64", required=True),
        Field("event_id", TEXT, "the sender's id of the event", required=True, personal=PSEUDONYM),
        *_ORIGIN,
        Field("type", TEXT, "track, identify, page, screen, group or alias", required=True),
        Field("name", TEXT, "event name, page name or the type", required=True),
        Field(
            "event_at",
            INSTANT,
            "when it happened, clock skew removed, not later than its receipt",
            required=True,
        ),
        Field("event_on", DAY, "day of event_at", required=True),
        Field("available_at", INSTANT, "when the source received it", required=True),
        Field("sha256", TEXT, "of the bytes: decides which of two payloads wins", required=True),
        Field("account_id", TEXT, "account that a group call names"),
        Field("account_key", TOKEN, "hash of namespace and account_id"),
        Field("order_id", TEXT, "order the event belongs to", personal=PSEUDONYM),
        Field(
            "order_namespace", TEXT, "what order_id is unique in: sources of one system share it"
        ),
        Field("amount", MONEY, "value of the event", unit="currency"),
        Field("currency", TEXT, "ISO 4217"),
        Field("products", T.ArrayType(PRODUCT), "products seen, bought or returned"),
        Field("campaign", TEXT, "campaign that led to the event"),
        Field("email", TEXT, "one spelling, deliverable", personal=DIRECT),
        Field("phone", TEXT, "E.164", personal=DIRECT),
        Field("first_name", TEXT, "as given", personal=DIRECT),
        Field("last_name", TEXT, "as given", personal=DIRECT),
        Field("birth_on", DAY, "birth date", personal=DIRECT),
        Field("city", TEXT, "as given", personal=DIRECT),
        Field("country", TEXT, "as given"),
        Field("consent", FLAGS, "purpose → granted, in the event"),
        Field(
            "warnings",
            TEXTS,
            "values that could not be used and rules that only warn, as RULE: FIELD",
        ),
        Field("properties", VARIANT, "properties of the event", personal=DIRECT),
        Field("traits", VARIANT, "traits sent with it", personal=DIRECT),
        Field("context", VARIANT, "device, page, campaign, library", personal=DIRECT),
        Field("extra", VARIANT, "unknown fields of the record", personal=DIRECT),
    ),
    reads=(RECORD,),
    clustering=("bucket", "event_on"),
)

KEY = Table(
    name="silver.key",
    kind=FACT,
    grain="one hash of an event's key with one day of a payload of it",
    key=("key_hash", "event_on"),
    fields=(
        Field("key_hash", WHOLE, "xxhash64 of event_key", required=True),
        Field(
            "event_on",
            DAY,
            "day in a payload; silver.event has the event on one of these",
            required=True,
        ),
    ),
    reads=(EVENT,),
    clustering=("key_hash",),
)

SIGHTING = Table(
    name="silver.sighting",
    kind=FACT,
    grain="one identifier seen in one event",
    key=("event_key", "identifier_key"),
    fields=(
        Field("event_key", TOKEN, "the event", required=True),
        Field("bucket", SMALL, "that of the event", required=True),
        Field("identifier_key", TOKEN, "keyed token", required=True, personal=PSEUDONYM),
        Field("kind", TEXT, "user_id, email, phone, …", required=True),
        Field("namespace", TEXT, "what an id is unique in; null: names one everywhere"),
        Field("alias", TEXT, "in an alias call: previous or current id; else null"),
        Field("source", TEXT, "name of the source", required=True),
        Field("record_id", TOKEN, "the record in bronze", required=True),
        Field("event_at", INSTANT, "when it was seen", required=True),
        Field("available_at", INSTANT, "when the source received it", required=True),
    ),
    reads=(RECORD,),
    subject="identifier_key",
    clustering=("bucket",),
)

REJECTED = Table(
    name="silver.rejected",
    kind=FACT,
    grain="one rejected record",
    key=("record_id",),
    fields=(
        *_ORIGIN,
        Field("reason", TEXT, "why, as a fixed word", required=True),
        Field("detail", TEXT, "which field, never its value"),
        Field("raw", BYTES, "the bytes; null when suppressed", personal=DIRECT),
        Field("is_replayed", FLAG, "true: replayed, and counted there", required=True),
        Field("replayed_in", TEXT, "run that replayed it", volatile=True),
    ),
    reads=(RECORD,),
)

DUPLICATE = Table(
    name="silver.duplicate",
    kind=FACT,
    grain="one record of an event that another record provided",
    key=("record_id",),
    fields=(
        *_ORIGIN,
        Field("event_key", TOKEN, "the event it repeats", required=True),
    ),
    reads=(RECORD,),
)

QUALITY = Table(
    name="silver.quality",
    kind=FACT,
    grain="one quality rule in one batch of one source",
    key=("source", "batch", "rule", "path"),
    fields=(
        Field("source", TEXT, "name of the source", required=True),
        Field("rule", TEXT, "name of the rule", required=True),
        Field("path", TEXT, "column or path it checks", required=True),
        Field("on_violation", TEXT, "warn, drop, quarantine or fail", required=True),
        Field(
            "checked_count", WHOLE, "events it was applied to, at their first check", required=True
        ),
        Field("violation_count", WHOLE, "events that violate it", required=True),
        Field("batch", WHOLE, "batch within the source", required=True),
    ),
    reads=(RECORD,),
    clustering=("source",),
)

SHAPE = Table(
    name="silver.shape",
    kind=FACT,
    grain="one field with one type in one batch of one source",
    key=("source", "batch", "path", "type"),
    fields=(
        Field("source", TEXT, "name of the source", required=True),
        Field("path", TEXT, "field names from the record down, separated by dots", required=True),
        Field("type", TEXT, "text, number, flag, object, list or null", required=True),
        Field(
            "record_count",
            WHOLE,
            "records that have it; beyond the first MiB of a file estimated from one in 32",
            required=True,
        ),
        Field("batch", WHOLE, "batch within the source", required=True),
        Field("landed_at", INSTANT, "when the batch's first record landed", volatile=True),
    ),
    reads=(RECORD,),
    clustering=("source",),
)

REPLAY = Table(
    name="silver.replay",
    kind=FACT,
    grain="one request to replay a record",
    key=("record_id", "requested_in"),
    fields=(
        Field("record_id", TOKEN, "the record in bronze", required=True),
        Field("source", TEXT, "name of the source", required=True),
        Field("batch", WHOLE, "batch within the source", required=True),
        Field("reason", TEXT, "why it was rejected", required=True),
        Field("requested_in", TEXT, "run that requested it", required=True),
    ),
    reads=(REJECTED,),
)

DISMISSAL = Table(
    name="silver.dismissal",
    kind=FACT,
    grain="one decision to dismiss rejected records and files of a source and reason",
    key=("source", "reason", "batch"),
    fields=(
        Field("source", TEXT, "name of the source", required=True),
        Field("reason", TEXT, "why the records or files were rejected", required=True),
        Field("batch", WHOLE, "last batch that is dismissed; later ones are not", required=True),
        Field("dismissed_by", TEXT, "who decided", required=True, volatile=True),
        Field("dismissed_at", INSTANT, "when", required=True, volatile=True),
    ),
    reads=(REJECTED,),
)
