from pyspark.sql import SparkSession

from cdp_spark.semantics.assignments import assignments_of
from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, SIGHTING


def test_every_event_has_one_row_with_or_without_a_customer(spark: SparkSession) -> None:
    events = sample(spark, EVENT, *[{"event_key": key, "event_id": f"id-{key}"} for key in "ab"])
    sightings = sample(
        spark,
        SIGHTING,
        *[{"event_key": "a", "identifier_key": one, "kind": "user_id"} for one in ("u", "v")],
    )
    links = sample(spark, LINK, *[{"identifier_key": one, "customer_id": "ann"} for one in "uv"])
    assigned = assignments_of(
        events, sightings, links, (IdentifierRule(name="user_id", priority=1),)
    )
    assert assigned.columns == ["event_id", "record_id", "source", "customer_id", "available_at"]
    assert sorted((row["event_id"], row["customer_id"]) for row in assigned.collect()) == [
        ("id-a", "ann"),
        ("id-b", None),
    ]
