"""Contracts of features: what was known about a customer on a day, and what followed."""

from cdp_spark.tables.contract import (
    DAY,
    FIGURES,
    PSEUDONYM,
    SNAPSHOT,
    TOKEN,
    Field,
    Table,
)
from cdp_spark.tables.gold import ACTIVITY

_SNAPSHOT = (
    Field("customer_id", TOKEN, "the customer", required=True, personal=PSEUDONYM),
    Field("as_of_on", DAY, "only events available before this day are used", required=True),
)

TRAIT = Table(
    name="features.trait",
    kind=SNAPSHOT,
    grain="one customer on one day",
    key=("customer_id", "as_of_on"),
    fields=(*_SNAPSHOT, Field("traits", FIGURES, "name → value, nulls left out", required=True)),
    reads=(ACTIVITY,),
    subject="customer_id",
    clustering=("as_of_on",),
)

LABEL = Table(
    name="features.label",
    kind=SNAPSHOT,
    grain="one customer on one day",
    key=("customer_id", "as_of_on"),
    fields=(
        *_SNAPSHOT,
        Field("labels", FIGURES, "name → outcome in the window from this day on", required=True),
    ),
    reads=(ACTIVITY,),
    subject="customer_id",
    clustering=("as_of_on",),
)
