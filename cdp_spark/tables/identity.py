"""Contracts of identity: identifiers, the evidence between them, and their customers."""

from cdp_spark.tables.contract import (
    FACT,
    FRACTION,
    INSTANT,
    PSEUDONYM,
    STATE,
    TEXT,
    TOKEN,
    WHOLE,
    Field,
    Table,
)
from cdp_spark.tables.silver import SIGHTING

IDENTIFIER = Table(
    name="identity.identifier",
    kind=STATE,
    grain="one identifier",
    key=("identifier_key",),
    fields=(
        Field("identifier_key", TOKEN, "keyed token", required=True, personal=PSEUDONYM),
        Field("kind", TEXT, "user_id, email, phone, …", required=True),
        Field("namespace", TEXT, "what an id is unique in; null: names one everywhere"),
        Field("first_seen_at", INSTANT, "earliest event", required=True),
        Field("last_seen_at", INSTANT, "latest event", required=True),
        Field("event_count", WHOLE, "events it was seen in", required=True),
        Field("role", TEXT, "own, shared (people in turn) or generic (no person)", required=True),
        Field("reason", TEXT, "why it is not one person's own"),
    ),
    reads=(SIGHTING,),
    subject="identifier_key",
)

EDGE = Table(
    name="identity.edge",
    kind=STATE,
    grain="one piece of evidence that two identifiers belong to one person",
    key=("left_key", "right_key", "rule", "source"),
    fields=(
        Field("left_key", TOKEN, "the smaller key", required=True, personal=PSEUDONYM),
        Field("right_key", TOKEN, "the larger key", required=True, personal=PSEUDONYM),
        Field("left_kind", TEXT, "kind of the left identifier", required=True),
        Field("right_kind", TEXT, "kind of the right identifier", required=True),
        Field("rule", TEXT, "match rule, alias_call, or a steward's decision", required=True),
        Field("source", TEXT, "name of the source, or steward", required=True),
        Field("first_seen_at", INSTANT, "earliest event that shows both", required=True),
        Field("last_seen_at", INSTANT, "latest event that shows both", required=True),
        Field("event_count", WHOLE, "events that show both", required=True),
        Field("confidence", FRACTION, "0-1, of this evidence alone", required=True),
        Field("weight", FRACTION, "log2 of its odds; 0: not followed", required=True),
        Field("state", TEXT, "live, timed (shared), review, weak or cut", required=True),
        Field("reason", TEXT, "why it is not live"),
    ),
    reads=(SIGHTING,),
    subject="left_key",
)

OWNERSHIP = Table(
    name="identity.ownership",
    kind=STATE,
    grain="one ownership period of a shared identifier",
    key=("identifier_key", "valid_from"),
    fields=(
        Field("identifier_key", TOKEN, "of a device or number", required=True, personal=PSEUDONYM),
        Field("kind", TEXT, "advertising_id, phone, …", required=True),
        Field("valid_from", INSTANT, "first event of the period", required=True),
        Field("valid_to", INSTANT, "first event of the next period; null: the last one"),
        Field("last_seen_at", INSTANT, "last event of the period", required=True),
        Field("anchor_key", TOKEN, "identifier of the person; null: unknown", personal=PSEUDONYM),
        Field("basis", TEXT, "login, habit, nearest_login or unknown", required=True),
        Field("first_event_key", TOKEN, "the event that it begins with", required=True),
        Field("event_count", WHOLE, "events of the period", required=True),
    ),
    reads=(SIGHTING,),
    subject="identifier_key",
)

DECISION = Table(
    name="identity.decision",
    kind=FACT,
    grain="one identifier under one decision of a steward",
    key=("decision_id", "identifier_key"),
    fields=(
        Field("decision_id", TOKEN, "hash of content, steward and time", required=True),
        Field("decision", TEXT, "always, never, bypass, alias or withdrawn", required=True),
        Field("identifier_key", TOKEN, "keyed token", required=True, personal=PSEUDONYM),
        Field("kind", TEXT, "user_id, email, phone, …", required=True),
        Field("side", WHOLE, "never: two sides are two people", required=True),
        Field("customer_id", TOKEN, "id that this side gets", personal=PSEUDONYM),
        Field("withdraws", TOKEN, "decision that this one ends"),
        Field("reason", TEXT, "in the steward's words; no personal value", required=True),
        Field("decided_by", TEXT, "the steward", required=True, personal=PSEUDONYM),
        Field("decided_at", INSTANT, "when it comes into force", required=True),
        Field("expires_at", INSTANT, "when it expires; null: never"),
    ),
    subject="identifier_key",
)

APPROVAL = Table(
    name="identity.approval",
    kind=FACT,
    grain="one approval of a run that changes more customers than the blast radius",
    key=("approval_id",),
    fields=(
        Field("approval_id", TOKEN, "hash of its other columns", required=True),
        Field("customer_count", WHOLE, "customers that a run may change", required=True),
        Field("reason", TEXT, "why that is right", required=True),
        Field("decided_by", TEXT, "who approved it", required=True, personal=PSEUDONYM),
        Field("decided_at", INSTANT, "when", required=True),
        Field("expires_at", INSTANT, "when it expires", required=True),
    ),
)

LINK = Table(
    name="identity.link",
    kind=STATE,
    grain="one identifier of one customer for one period, as known from one moment",
    key=("identifier_key", "customer_id", "valid_from", "recorded_from"),
    fields=(
        Field("identifier_key", TOKEN, "keyed token", required=True, personal=PSEUDONYM),
        Field("kind", TEXT, "user_id, email, phone, …", required=True),
        Field("customer_id", TOKEN, "stable across runs", required=True, personal=PSEUDONYM),
        Field(
            "confidence",
            FRACTION,
            "0-1, chance that the identifier is this customer's; 0: anonymous",
            required=True,
        ),
        Field("valid_from", INSTANT, "first moment with this customer", required=True),
        Field("valid_to", INSTANT, "first moment without it; null: still valid"),
        Field("recorded_from", INSTANT, "when this became known", required=True, volatile=True),
        Field("recorded_to", INSTANT, "when it was corrected; null: current", volatile=True),
    ),
    reads=(SIGHTING,),
    subject="customer_id",
)

LINEAGE = Table(
    name="identity.lineage",
    kind=FACT,
    grain="one change of customer ids",
    key=("change_id",),
    fields=(
        Field("change_id", TOKEN, "hash of the change, its ids and their age", required=True),
        Field("change", TEXT, "minted, merged, split, moved or retired", required=True),
        Field("from_customer_id", TOKEN, "id before; null when minted", personal=PSEUDONYM),
        Field("to_customer_id", TOKEN, "id after; null when retired", personal=PSEUDONYM),
        Field("identifier_count", WHOLE, "identifiers that moved with it", required=True),
        Field("recorded_at", INSTANT, "when it was decided", required=True, volatile=True),
        Field("run_id", TEXT, "the run that decided it", required=True, volatile=True),
    ),
    reads=(SIGHTING,),
    subject="to_customer_id",
)
