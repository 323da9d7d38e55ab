from datetime import UTC, datetime

from pyspark.sql import SparkSession

from cdp_spark.identity import changed_links, lineage_of
from cdp_spark.semantics.ownership import current_links
from tests.identity.ids.test_customers import links
from tests.identity.ids.test_links import NOW, changed, shared_links


def test_lineage_has_minted_merged_split_moved_and_retired_ids(
    spark: SparkSession,
) -> None:
    known = links(
        spark,
        {
            "u1": "c1",
            "u2": "c2",
            "u3": "c3",
            "a3": "c3",
            "u4": "c4",
            "a4": "c4",
            "u5": "c5",
            "u6": "c6",
        },
    )
    wanted = {
        "u1": "c1",
        "u2": "c1",
        "u3": "c3",
        "a3": "new",
        "u4": "c4",
        "a4": "c5",
        "u5": "c5",
        "e7": "c7",
    }
    rows = changed(spark, wanted, known)
    found = lineage_of(rows, known, NOW, "run").collect()
    changes = {(row.change, row.from_customer_id, row.to_customer_id) for row in found}
    assert changes == {
        ("merged", "c2", "c1"),
        ("split", "c3", "new"),
        ("moved", "c4", "c5"),
        ("minted", None, "c7"),
        ("retired", "c6", None),
    }
    assert len({row.change_id for row in found}) == len(found)


def test_nothing_new_leaves_no_lineage(spark: SparkSession) -> None:
    known = links(spark, {"u1": "c1", "a1": "c1"})
    rows = changed(spark, {"u1": "c1", "a1": "c1"}, known)
    assert lineage_of(rows, known, NOW, "run").count() == 0
    assert current_links(rows).count() == 2


def test_a_merged_id_is_one_change(spark: SparkSession) -> None:
    known = links(spark, {"u2": "c2", "a1": "c2", "u1": "c1"})
    rows = changed(spark, {"u2": "c1", "u1": "c1"}, known)
    found = {
        (row.change, row.from_customer_id) for row in lineage_of(rows, known, NOW, "r").collect()
    }
    assert found == {("merged", "c2")}


def test_a_new_owner_of_a_shared_identifier_has_a_minted_id(spark: SparkSession) -> None:
    first = changed_links(shared_links(spark, ("a1", 1, None, "u1")), links(spark, {}), NOW)
    later = datetime(2025, 3, 1, tzinfo=UTC)
    rows = changed_links(
        shared_links(spark, ("a1", 1, 5, "u1"), ("a1", 5, None, "u2")), first, later
    )
    changes = lineage_of(rows, first, later, "run").collect()
    assert [(row.change, row.to_customer_id) for row in changes] == [("minted", "c2")]
