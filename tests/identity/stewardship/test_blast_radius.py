from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from cdp_spark.identity.settings import BlastRadius
from cdp_spark.identity.stewardship.blast_radius import (
    CustomerChanges,
    approved_count,
    blast_radius_error,
    customer_changes_of,
)
from cdp_spark.tables.identity import APPROVAL, LINEAGE, LINK
from cdp_spark.tables.sample import sample

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def test_known_customers_that_lose_an_identifier_are_counted(spark: SparkSession) -> None:
    changes = [("minted", None, "c9"), ("merged", "c1", "c2"), ("moved", "c1", "c3"),
            ("split", "c2", "c8"), ("retired", "c9", None)]  # fmt: skip
    lineage = sample(
        spark,
        LINEAGE,
        *[
            {"change": change, "from_customer_id": gone, "to_customer_id": taker}
            for change, gone, taker in changes
        ],
    )
    links = [{"customer_id": one, "confidence": float(one != "c9")}
             for one in ("c1", "c2", "c3", "c4", "c9")]  # fmt: skip
    known = sample(spark, LINK, *links)
    few = customer_changes_of(lineage, known, counted_above=2)
    assert (few.customers, few.known, few.is_within(BlastRadius(least=2))) == (2, None, True)
    found = customer_changes_of(lineage, known)
    assert found == CustomerChanges({"merged": 1, "split": 1, "moved": 1, "retired": 0}, 2, 4)
    assert found.share == 0.5


def test_a_few_may_change_in_any_case_and_a_share_of_many() -> None:
    radius = BlastRadius(max_profiles_changed=0.1, least=5)
    assert CustomerChanges({}, 5, 10).is_within(radius)
    assert not CustomerChanges({}, 6, 10).is_within(radius)
    assert CustomerChanges({}, 10, 100).is_within(radius)
    assert not CustomerChanges({}, 11, 100).is_within(radius)
    assert CustomerChanges({}, 0, 0).share == 0.0


def test_an_approval_holds_until_it_expires(spark: SparkSession) -> None:
    rows = [{"customer_count": 7, "expires_at": NOW + timedelta(hours=1)},
            {"customer_count": 99, "expires_at": NOW}]  # fmt: skip
    assert approved_count(sample(spark, APPROVAL, *rows), NOW) == 7
    assert approved_count(sample(spark, APPROVAL, *rows), NOW + timedelta(hours=2)) == 0


def test_a_change_above_the_radius_needs_an_approval_of_its_size(spark: SparkSession) -> None:
    changes = CustomerChanges({"merged": 3, "split": 0}, 3, 10)
    radius = BlastRadius(max_profiles_changed=0.1, least=0)
    approval = {"customer_count": 3, "expires_at": NOW + timedelta(hours=1)}
    approvals = sample(spark, APPROVAL, approval)
    assert blast_radius_error(changes, radius, approvals, NOW) is None
    error = blast_radius_error(changes, radius, approvals.limit(0), NOW)
    assert error is not None
    assert error.startswith("merge.blast_radius: 3 of 10 customers would get other ids (merged 3)")
    assert "above the limit of 10.0%" in error
