"""How many customers a run changes, and whether it may without an approval."""

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.settings import BlastRadius

CHANGES = ("merged", "split", "moved", "retired")


@dataclass(frozen=True)
class CustomerChanges:
    """How many changes of ids a run makes, by kind, and how many known customers they affect.

    `known` counts the customers before the run; None: they were not counted.
    """

    changes: dict[str, int]
    customers: int
    known: int | None

    @property
    def share(self) -> float:
        """Changed customers among those known, 0-1."""
        return self.customers / self.known if self.known else 0.0

    def is_within(self, radius: BlastRadius) -> bool:
        """Whether the run may make its changes without an approval."""
        most = max(radius.least, radius.max_profiles_changed * (self.known or 0))
        return self.customers <= most


def customer_changes_of(
    lineage: DataFrame, known: DataFrame, *, counted_above: int = -1
) -> CustomerChanges:
    """Changes that the lineage of a run makes to the customers of the links `known`.

    A minted id changes no known customer. Anonymous customers, named after a session on a shared
    device, come and go with it and are not counted: only ids of links with a confidence above 0
    are. All known customers are counted only where more than `counted_above` change.
    """
    changes = lineage.where(F.col("change").isin(*CHANGES))
    gone = changes.select("change", F.col("from_customer_id").alias("customer_id"))
    named = known.where(F.col("confidence") > 0).select("customer_id")
    affected = named.join(gone.select("customer_id").distinct(), on="customer_id", how="left_semi")
    counts = gone.join(affected, on="customer_id", how="left_semi").agg(
        F.count_distinct("customer_id").alias("customers"),
        *[F.count_if(F.col("change") == name).alias(name) for name in CHANGES],
    )
    found = counts.first()
    customers, *by_change = found if found else (0,) * (1 + len(CHANGES))
    is_counted = customers > counted_above
    count = named.distinct().count() if is_counted else None
    return CustomerChanges(dict(zip(CHANGES, by_change, strict=True)), customers, count)


def blast_radius_error(
    changes: CustomerChanges, radius: BlastRadius, approvals: DataFrame, now: datetime
) -> str | None:
    """Why a run may not make these changes without an approval; None if it may."""
    if changes.is_within(radius) or changes.customers <= approved_count(approvals, now):
        return None
    counts = ", ".join(f"{name} {count:,}" for name, count in changes.changes.items() if count)
    return (
        f"merge.blast_radius: {changes.customers:,} of {changes.known or 0:,} customers would get "
        f"other ids ({counts}), above the limit of {radius.max_profiles_changed:.1%}; see them "
        "with `cdp plan identity`, and approve them with `cdp plan identity --confirm --reason WHY`"
    )


def approved_count(approvals: DataFrame, now: datetime) -> int:
    """How many customers a run may change by the approvals in force at a moment."""
    row = approvals.where(F.col("expires_at") > F.lit(now)).agg(F.max("customer_count")).first()
    return int(row[0] or 0) if row else 0
