from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity import changed_links, target_links
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINK, OWNERSHIP
from cdp_spark.tables.sample import sample
from tests.identity.evidence.test_edges import KINDS
from tests.identity.ids.test_customers import links

NOW = datetime(2025, 2, 1, tzinfo=UTC)


def changed(spark: SparkSession, wanted: dict[str, str], known: DataFrame) -> DataFrame:
    assigned = spark.createDataFrame(
        list(wanted.items()), "identifier_key string, customer_id string"
    )
    nodes = sample(
        spark, IDENTIFIER, *[{"identifier_key": key, "kind": KINDS[key[0]]} for key in wanted]
    )
    edge = {"left_key": "a1", "right_key": "u1", "confidence": 0.9, "state": "live"}
    cut = {"left_key": "a1", "right_key": "u2", "confidence": 0.9, "state": "cut"}
    no_ownership = spark.createDataFrame([], OWNERSHIP.schema)
    believed = target_links(assigned, nodes, sample(spark, EDGE, edge, cut), no_ownership, known)
    return changed_links(believed, known, NOW)


def test_a_correction_closes_the_old_row_and_adds_one(spark: SparkSession) -> None:
    known = links(spark, {"a1": "c1", "u1": "c1"})
    rows = changed(spark, {"a1": "c2", "u1": "c1"}, known).collect()
    closed = [(row.identifier_key, row.customer_id) for row in rows if row.recorded_to]
    opened = [(row.identifier_key, row.customer_id) for row in rows if row.recorded_to is None]
    assert closed == [("a1", "c1")]
    assert sorted(opened) == [("a1", "c2"), ("u1", "c1")]


def test_a_link_that_stays_keeps_the_moment_it_became_known(spark: SparkSession) -> None:
    known = links(spark, {"u1": "c1"})
    first = known.first()
    row = changed(spark, {"u1": "c1"}, known).first()
    assert first is not None
    assert row is not None
    assert row.recorded_from == first.recorded_from
    assert row.recorded_to is None


def test_confidence_counts_live_evidence_only_and_one_alone_is_sure(spark: SparkSession) -> None:
    rows = changed(
        spark, {"a1": "c1", "u1": "c1", "u2": "c2"}, spark.createDataFrame([], LINK.schema)
    )
    assert {row.identifier_key: row.confidence for row in rows.collect()} == {
        "a1": 0.9,
        "u1": 0.9,
        "u2": 1.0,
    }


def shared_links(
    spark: SparkSession,
    *spans: tuple[str, int, int | None, str | None],
    known: DataFrame | None = None,
) -> DataFrame:
    """Links of ownership periods: identifier, first day, day of the next, anchor."""
    rows = [
        {
            "identifier_key": key,
            "kind": "anonymous_id",
            "valid_from": datetime(2025, 1, begun, tzinfo=UTC),
            "valid_to": datetime(2025, 1, ended, tzinfo=UTC) if ended else None,
            "anchor_key": anchor,
            "basis": "login" if anchor else "unknown",
            "first_event_key": f"event-{begun}",
        }
        for key, begun, ended, anchor in spans
    ]
    assigned = spark.createDataFrame(
        [("u1", "c1"), ("u2", "c2")], "identifier_key string, customer_id string"
    )
    nodes = sample(
        spark, IDENTIFIER, *[{"identifier_key": key, "kind": "user_id"} for key in ("u1", "u2")]
    )
    edges = spark.createDataFrame([], EDGE.schema)
    before = known or spark.createDataFrame([], LINK.schema)
    wanted = target_links(assigned, nodes, edges, sample(spark, OWNERSHIP, *rows), before)
    return wanted.where(F.col("kind") == "anonymous_id")


def test_a_shared_device_links_to_each_person_for_their_period(spark: SparkSession) -> None:
    rows = shared_links(spark, ("a1", 1, 5, "u1"), ("a1", 5, None, "u2")).collect()
    assert {(row.customer_id, row.valid_from.day, row.valid_to and row.valid_to.day)
            for row in rows} == {("c1", 1, 5), ("c2", 5, None)}  # fmt: skip


def test_an_unknown_period_is_one_anonymous_customer_on_both_devices(
    spark: SparkSession,
) -> None:
    rows = shared_links(spark, ("a1", 3, None, None), ("a2", 3, None, None), ("a3", 4, None, None))
    found = {row.identifier_key: row.customer_id for row in rows.collect()}
    assert found["a1"] == found["a2"] != found["a3"]
    assert not set(found.values()) & {"c1", "c2"}


def test_a_span_that_ends_is_a_correction(spark: SparkSession) -> None:
    first = changed_links(shared_links(spark, ("a1", 1, None, "u1")), links(spark, {}), NOW)
    later = datetime(2025, 3, 1, tzinfo=UTC)
    rows = changed_links(
        shared_links(spark, ("a1", 1, 5, "u1"), ("a1", 5, None, "u2")), first, later
    )
    customers = {(row.customer_id, row.valid_to is None, row.recorded_from.astimezone(UTC),
             row.recorded_to is None) for row in rows.collect()}  # fmt: skip
    assert customers == {
        ("c1", True, NOW, False),
        ("c1", False, later, True),
        ("c2", True, later, True),
    }


def test_an_anonymous_customer_keeps_its_id_when_its_period_begins_earlier(
    spark: SparkSession,
) -> None:
    first = changed_links(shared_links(spark, ("a1", 5, None, None)), links(spark, {}), NOW)
    before = {row.customer_id for row in first.collect()}
    spans = [("a1", 1, 3, "u1"), ("a1", 3, 9, None), ("a2", 3, 9, None), ("a1", 9, None, None)]
    found = shared_links(spark, *spans, known=current_links(first)).collect()
    customers = {(row.identifier_key, row.valid_from.day): row.customer_id for row in found}
    assert {customers["a1", 3], customers["a2", 3]} == before
    assert customers["a1", 9] not in before
