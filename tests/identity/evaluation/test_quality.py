import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity.clusters.components import component_labels
from cdp_spark.identity.evaluation.quality import (
    Quality,
    best_assignment,
    contingency_cells,
    handed_on_quality,
    quality_of,
)
from cdp_spark.identity.settings import MergeSettings

Rows = list[tuple[str, str | None, str]]


def _quality(spark: SparkSession, rows: Rows) -> Quality:
    frame = spark.createDataFrame(
        [(str(number), *row[1:]) for number, row in enumerate(rows)],
        "id string, customer_id string, person_id string",
    )
    cells = contingency_cells(frame.select("id", "customer_id"), frame.select("id", "person_id"))
    return quality_of(cells.localCheckpoint())


def test_a_perfect_assignment_scores_one_everywhere(spark: SparkSession) -> None:
    found = _quality(spark, [("", "c1", "p1"), ("", "c1", "p1"), ("", "c2", "p2")])
    assert (found.pair_f1, found.bcubed_f1, found.whole_share, found.worst_cluster) == (1, 1, 1, 1)


def test_records_without_a_customer_are_each_alone(spark: SparkSession) -> None:
    found = _quality(spark, [("", None, "p1"), ("", None, "p1"), ("", None, "p2")])
    assert (found.pair_precision, found.pair_recall, found.customers) == (1.0, 0.0, 3)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.just(""), st.sampled_from("abc"), st.sampled_from("xyz")), min_size=2))
def test_figures_are_those_counted_pair_by_pair(spark: SparkSession, rows: Rows) -> None:
    pairs = [(a, b) for number, a in enumerate(rows) for b in rows[:number]]
    right = sum(a[1] == b[1] and a[2] == b[2] for a, b in pairs)
    found = sum(a[1] == b[1] for a, b in pairs)
    true = sum(a[2] == b[2] for a, b in pairs)
    quality = _quality(spark, rows)
    assert quality.pair_precision == pytest.approx(right / found if found else 1.0)
    assert quality.pair_recall == pytest.approx(right / true if true else 1.0)
    shares = [sum(b[1:] == a[1:] for b in rows) / sum(b[1] == a[1] for b in rows) for a in rows]
    assert quality.bcubed_precision == pytest.approx(sum(shares) / len(shares))


def test_ids_that_match_no_truth_are_an_error(spark: SparkSession) -> None:
    empty = spark.createDataFrame([], "id string, customer_id string")
    with pytest.raises(ValueError, match="no record has a true person"):
        quality_of(
            contingency_cells(empty, spark.createDataFrame([], "id string, person_id string"))
        )


def test_handed_on_identifiers_are_those_without_overlapping_owners(
    spark: SparkSession,
) -> None:
    cases = [  # identifier, day, person, customer
        ("phone", 1, "ann", "c1"), ("phone", 2, "ann", "c2"), ("phone", 5, "bob", "c2"),
        ("phone", 6, "bob", "c2"), ("desk", 4, "ann", "c1"), ("desk", 5, "ann", "c1"),
        ("tablet", 1, "ann", "c1"), ("tablet", 3, "bob", "c2"), ("tablet", 4, "ann", "c2"),
        ("own", 1, "ann", "c1"), ("own", 2, "ann", "c1"), ("desk", 1, "bob", "c2"),
    ]  # fmt: skip
    rows = spark.createDataFrame(
        [(str(n), *one) for n, one in enumerate(cases)],
        "id string, identifier_key string, day int, person_id string, customer_id string",
    ).withColumn("event_at", F.timestamp_seconds(F.col("day") * 86_400))
    found = handed_on_quality(rows.select("id", "customer_id"), rows, rows)
    assert found is not None
    assert (found.identifiers, found.records) == (1, 4)
    assert found.right_share == pytest.approx(3 / 4)
    alone = rows.where("identifier_key = 'own'")
    assert handed_on_quality(rows, alone, alone) is None


def test_the_best_assignment_follows_the_identifiers_of_one_person_only(
    spark: SparkSession,
) -> None:
    cases = [  # event, person, what it shows
        ("1", "ann", "laptop user"), ("2", "ann", "phone user"), ("3", "ann", "phone"),
        ("4", "ann", "tv"), ("5", "bob", "tv"), ("6", "bob", "laptop"), ("7", "bob", "laptop tv"),
        ("8", "ann", "tv"),
    ]  # fmt: skip
    shown = [(event, key) for event, _, keys in cases for key in keys.split()]
    found = best_assignment(
        spark.createDataFrame(shown, "id string, identifier_key string"),
        spark.createDataFrame([one[:2] for one in cases], "id string, person_id string"),
        lambda edges: component_labels(edges, MergeSettings()),
    )
    clusters: dict[str, set[str]] = {}
    for row in found.collect():
        clusters.setdefault(row["customer_id"], set()).add(row["id"])
    assert sorted(map(sorted, clusters.values())) == [["1", "2", "3"], ["4", "8"], ["5", "6", "7"]]
