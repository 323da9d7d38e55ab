from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity.clusters.cuts import cut_edges
from cdp_spark.identity.clusters.limits import broken_limits, limit_labels
from cdp_spark.tables.identity import EDGE, IDENTIFIER
from cdp_spark.tables.sample import sample
from tests.identity.evidence.test_edges import KINDS, RULES

Ends = tuple[str, str]
Known = dict[Ends, float]  # confidence of each edge
UNIQUE = tuple(rule.model_copy(update={"unique": rule.name == "user_id"}) for rule in RULES)


def evidence(spark: SparkSession, known: Known) -> DataFrame:
    rows = [
        {
            "left_key": left,
            "right_key": right,
            "left_kind": KINDS[left[0]],
            "right_kind": KINDS[right[0]],
            "confidence": sure,
            "state": "live",
        }
        for (left, right), sure in known.items()
    ]
    return sample(spark, EDGE, *rows)


def clusters(spark: SparkSession, *members: str) -> DataFrame:
    rows = [
        (key, KINDS[key[0]], number) for number, one in enumerate(members) for key in one.split()
    ]
    return spark.createDataFrame(rows, "identifier_key string, kind string, component long")


def test_only_components_that_break_a_limit_lose_edges(spark: SparkSession) -> None:
    found = clusters(spark, "u1 e1 u2", "u3 e3")
    labels = limit_labels(found, sample(spark, IDENTIFIER), UNIQUE, None)
    broken = broken_limits(labels)
    assert [row.component for row in broken.collect()] == [0]
    known = {("e1", "u1"): 0.9, ("e1", "u2"): 0.8, ("e3", "u3"): 0.1}
    cut = cut_edges(found, broken, evidence(spark, known), labels).collect()
    assert [(row.left_key, row.right_key) for row in cut] == [("e1", "u2")]
