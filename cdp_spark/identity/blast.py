"""How many customers a run changes, and whether it may without being asked."""

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.identity.settings import BlastRadius

CHANGES = ("merged", "split", "moved", "retired")


@dataclass(frozen=True)
class Blast:
    """Ids that lineage tells of, by change, and customers known before whose ids are among them."""

    changes: dict[str, int]
    customers: int
    known: int

    @property
    def share(self) -> float:
        """Changed customers among those known, 0-1."""
        return self.customers / self.known if self.known else 0.0

    def is_within(self, radius: BlastRadius) -> bool:
        """Whether it may happen without anybody having looked."""
        return self.customers <= max(radius.least, radius.max_profiles_changed * self.known)


def blast_of(lineage: DataFrame, known: DataFrame) -> Blast:
    """What the lineage of a run does to the customers of the links `known` before.

    A minted id changes nobody. Unknown customers, named after a sitting, come and go with it and
    are not counted: `known` and changes of ids with a confidence above 0 alone are.
    """
    named = known.where(F.col("confidence") > 0).select("customer_id").distinct()
    changes = lineage.where(F.col("change").isin(*CHANGES))
    gone = changes.select("change", F.col("from_customer_id").alias("customer_id"))
    told = gone.join(named, on="customer_id", how="left_semi")
    counts = {row["change"]: int(row["count"]) for row in told.groupBy("change").count().collect()}
    customers = told.select("customer_id").distinct().count()
    return Blast({name: counts.get(name, 0) for name in CHANGES}, customers, named.count())


def approved_count(approvals: DataFrame, now: datetime) -> int:
    """How many customers a run may change by the approvals that hold at a moment."""
    row = approvals.where(F.col("expires_at") > F.lit(now)).agg(F.max("customer_count")).first()
    return int(row[0] or 0) if row else 0
