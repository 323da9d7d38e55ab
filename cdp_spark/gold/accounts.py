"""Accounts that group calls name, and the customers that are their members."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.gold.scope import GoldInputs, with_owners
from cdp_spark.semantics.lake_reader import LakeReader
from cdp_spark.tables import Table
from cdp_spark.tables.gold import ACCOUNT, ACCOUNT_MEMBER
from cdp_spark.tables.writes import Overwrite, Write

_OF_ACCOUNTS = ["event_key", "event_at", "account_key", "account_id", "traits"]


def account_writes(
    calls: DataFrame, customers: DataFrame, inputs: GoldInputs, lake: LakeReader
) -> dict[Table, Write]:
    """The writes of the accounts with changed events or members; none where there are no accounts.

    `calls` have the account_key of changed events and of those of the rebuilt `customers`.
    """
    is_named = F.col("account_key").isNotNull()
    stored = lake.read(ACCOUNT_MEMBER).join(customers, on="customer_id", how="left_semi")
    keys = calls.where(is_named).select("account_key")
    keys = lake.materialize("accounts", keys.union(stored.select("account_key")).distinct())
    if not lake.count(keys):
        return {}
    parts = inputs.events.where(is_named).select(*_OF_ACCOUNTS)
    parts = parts.join(keys, on="account_key", how="left_semi")
    owned = lake.materialize("account_events", with_owners(parts, inputs, "accounts"))
    return {
        ACCOUNT_MEMBER: Overwrite(members_of(owned), scope=keys),
        ACCOUNT: Overwrite(accounts_of(owned), scope=keys),
    }


def accounts_of(calls: DataFrame) -> DataFrame:
    """gold.account rows of all group calls of these accounts, with customer_id."""
    moment = F.struct("event_at", "event_key")
    name = F.try_variant_get("traits", "$.name", "string")
    return (
        calls.groupBy("account_key")
        .agg(
            F.max_by("account_id", moment).alias("account_id"),
            F.max_by(name, F.when(name.isNotNull(), moment)).alias("name"),
            F.max_by("traits", F.when(F.col("traits").isNotNull(), moment)).alias("traits"),
            F.min("event_at").alias("first_seen_at"),
            F.max("event_at").alias("last_seen_at"),
            F.count("*").alias("event_count"),
            F.count_distinct("customer_id").alias("member_count"),
        )
        .select(*ACCOUNT.columns)
    )


def members_of(calls: DataFrame) -> DataFrame:
    """gold.account_member rows of the calls that name somebody."""
    known = calls.where(F.col("customer_id").isNotNull())
    return known.groupBy("account_key", "customer_id").agg(F.min("event_at").alias("member_from"))
