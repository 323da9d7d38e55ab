from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from cdp_spark.identity.stewardship.unmerge import active_merges, parted
from cdp_spark.tables.identity import IDENTIFIER, LINEAGE, LINK
from cdp_spark.tables.sample import sample
from tests.identity.evidence.test_edges import KINDS

THEN = datetime(2025, 1, 1, tzinfo=UTC)
MERGED_AT = datetime(2025, 2, 1, tzinfo=UTC)


def test_the_sides_of_a_merge_are_who_held_what_just_before_it(spark: SparkSession) -> None:
    cases = [  # identifier, customer, known from, known to
        ("u1", "gone", THEN, MERGED_AT),
        ("t1", "gone", THEN, MERGED_AT),
        ("e0", "gone", THEN, THEN + timedelta(days=1)),
        ("u1", "taker", MERGED_AT, None),
        ("e2", "taker", THEN, None),
        ("a2", "taker", THEN, MERGED_AT + timedelta(days=1)),
        ("a9", "taker", MERGED_AT + timedelta(days=1), None),
        ("u3", "other", THEN, None),
        ("e8", "gone", THEN, MERGED_AT),
        ("e8", "taker", THEN, MERGED_AT),
        ("e7", "gone", THEN, MERGED_AT + timedelta(minutes=1)),
    ]
    links = [
        {
            "identifier_key": key,
            "kind": KINDS.get(key[0], "tablet"),
            "customer_id": customer,
            "recorded_from": since,
            "recorded_to": until,
        }
        for key, customer, since, until in cases
    ]
    roles = [
        {"identifier_key": key, "role": "shared" if key[0] == "t" else "own"}
        for key in sorted({one[0] for one in cases})
    ]
    found = parted(
        sample(spark, LINK, *links), sample(spark, IDENTIFIER, *roles), ("gone", "taker", MERGED_AT)
    )
    assert {(row.identifier_key, row.side, row.customer_id) for row in found.collect()} == {
        ("u1", 0, "gone"),
        ("e7", 0, "gone"),
        ("e2", 1, None),
        ("a2", 1, None),
    }


def test_merges_of_an_id_into_another_come_before_merges_into_it(
    spark: SparkSession,
) -> None:
    cases = [("merged", "a", "b", 1), ("merged", "c", "b", 2), ("merged", "b", "d", 3),
            ("split", "b", "a", 4)]  # fmt: skip
    lineage = sample(
        spark,
        LINEAGE,
        *[
            {
                "change": change,
                "from_customer_id": gone,
                "to_customer_id": taker,
                "recorded_at": THEN + timedelta(days=day),
            }
            for change, gone, taker, day in cases
        ],
    )

    current = sample(spark, LINK, {"customer_id": "d"}, {"customer_id": "e"})

    def pairs(customer: str) -> list[tuple[str, str]]:
        return [
            (row.from_customer_id, row.to_customer_id)
            for row in active_merges(lineage, current, customer).collect()
        ]

    assert pairs("b") == [("b", "d")]
    assert pairs("d") == [("b", "d")]
    assert pairs("a") == [("a", "b")]
    assert pairs("x") == []
    current = sample(spark, LINK, {"customer_id": "a"})
    assert pairs("a") == []
