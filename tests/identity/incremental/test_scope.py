from pyspark.sql import SparkSession

from cdp_spark.identity.clusters.limits import UNIQUE, VIOLATION_REASONS
from cdp_spark.identity.incremental.scope import edges_ending_in, edges_inside
from cdp_spark.tables.identity import EDGE
from cdp_spark.tables.sample import sample
from tests.identity.incremental.test_stored import keys, stored


def test_edges_in_scope_end_in_it_or_are_decided_and_are_live_before_limits(
    spark: SparkSession,
) -> None:
    limited = {"state": "cut", "reason": VIOLATION_REASONS[UNIQUE]}
    pairs = {
        "e1 u1": {"state": "live"},
        "e1 u2": limited,
        "e1 u3": {"state": "weak"},
        "a1 e1": {"state": "live"},
        "e9 u9": {"state": "live", "source": "steward"},
    }
    rows = [
        {"left_key": left, "right_key": right, **values}
        for (left, right), values in ((pair.split(), values) for pair, values in pairs.items())
    ]
    edges = sample(spark, EDGE, *rows)
    of_user = spark.createDataFrame([("u1",)], "identifier_key string")
    assert keys(edges_ending_in(edges, of_user), "left_key") == {"e1"}
    assert keys(edges_ending_in(edges, of_user, is_decided=True), "right_key") == {"u1", "u9"}
    inside = spark.createDataFrame([("e1",), ("a1",)], "identifier_key string")
    affected = spark.createDataFrame([("a1",)], "identifier_key string")
    kept = edges_inside(inside, affected, stored(spark, edges=edges))
    assert {(row.right_key, row.state) for row in kept.collect()} == {
        ("u1", "live"),
        ("u2", "live"),
    }
