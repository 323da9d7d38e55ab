from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from cdp_spark.identity.settings import BlastRadius
from cdp_spark.identity.stewardship.blast_radius import IdChanges, approved_count, id_changes_of
from cdp_spark.tables.identity import APPROVAL, LINEAGE, LINK
from cdp_spark.tables.sample import sample

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def test_known_customers_that_lose_an_identifier_are_counted(spark: SparkSession) -> None:
    changes = [("minted", None, "c9"), ("merged", "c1", "c2"), ("moved", "c1", "c3"),
            ("split", "c2", "c8"), ("retired", "nobody", None)]  # fmt: skip
    lineage = sample(
        spark,
        LINEAGE,
        *[
            {"change": change, "from_customer_id": gone, "to_customer_id": taker}
            for change, gone, taker in changes
        ],
    )
    links = [{"customer_id": one, "confidence": float(one != "nobody")}
             for one in ("c1", "c2", "c3", "c4", "nobody")]  # fmt: skip
    known = sample(spark, LINK, *links)
    few = id_changes_of(lineage, known, counted_above=2)
    assert (few.customers, few.known, few.is_within(BlastRadius(least=2))) == (2, None, True)
    found = id_changes_of(lineage, known)
    assert found == IdChanges({"merged": 1, "split": 1, "moved": 1, "retired": 0}, 2, 4)
    assert found.share == 0.5


def test_a_few_may_change_in_any_case_and_a_share_of_many() -> None:
    radius = BlastRadius(max_profiles_changed=0.1, least=5)
    assert IdChanges({}, 5, 10).is_within(radius)
    assert not IdChanges({}, 6, 10).is_within(radius)
    assert IdChanges({}, 10, 100).is_within(radius)
    assert not IdChanges({}, 11, 100).is_within(radius)
    assert IdChanges({}, 0, 0).share == 0.0


def test_an_approval_holds_until_it_expires(spark: SparkSession) -> None:
    rows = [{"customer_count": 7, "expires_at": NOW + timedelta(hours=1)},
            {"customer_count": 99, "expires_at": NOW}]  # fmt: skip
    assert approved_count(sample(spark, APPROVAL, *rows), NOW) == 7
    assert approved_count(sample(spark, APPROVAL, *rows), NOW + timedelta(hours=2)) == 0
