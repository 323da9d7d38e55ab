"""The columns a destination may receive about a customer, chosen in conf."""

from collections.abc import Callable
from typing import Literal

from pyspark.sql import Column
from pyspark.sql import functions as F

PayloadColumn = Literal[
    "customer_id",
    "segment",
    "email",
    "email_sha256",
    "phone",
    "phone_sha256",
    "first_name",
    "last_name",
    "city",
    "country",
    "order_count",
    "net_amount",
]
Contact = Literal["email", "phone"]


def payload_columns(columns: tuple[PayloadColumn, ...]) -> list[Column]:
    """The named columns, to be selected from gold.customer with `segment` beside it."""
    return [_derived(name).alias(name) for name in columns]


def has_contact(contact: Contact) -> Column:
    """Whether the customer can be reached this way; never null."""
    return F.coalesce(F.trim(contact) != "", F.lit(False))  # noqa: FBT003 - a literal of Spark


def _derived(name: PayloadColumn) -> Column:
    derived: dict[str, Callable[[], Column]] = {
        "email_sha256": lambda: _hashed("email"),
        "phone_sha256": lambda: _hashed("phone"),
    }
    return derived[name]() if name in derived else F.col(name)


def _hashed(contact: Contact) -> Column:
    # What advertising platforms match on: SHA-256, as hex, of the trimmed lower-case text.
    return F.sha2(F.lower(F.trim(contact)), 256)
