from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity import KnownIds, assigned_customers
from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from tests.identity.evidence.test_edges import KINDS, RULES


def assigned(
    spark: SparkSession, clusters: list[str], known: dict[str, str] | None = None
) -> dict[str, str]:
    """Clusters are texts such as "u1 a1"; known maps identifiers to customers."""
    return named(spark, clusters, links(spark, known or {}))


def named(
    spark: SparkSession,
    clusters: list[str],
    history: DataFrame,
    given: DataFrame | None = None,
    rules: tuple[IdentifierRule, ...] = RULES,
) -> dict[str, str]:
    members = [
        (key, KINDS[key[0]], number) for number, one in enumerate(clusters) for key in one.split()
    ]
    frame = spark.createDataFrame(members, "identifier_key string, kind string, component long")
    found = assigned_customers(frame, KnownIds(history, given), rules).collect()
    return {row.identifier_key: row.customer_id for row in found}


def links(spark: SparkSession, known: dict[str, str]) -> DataFrame:
    if not known:
        return spark.createDataFrame([], LINK.schema)
    rows = [
        {"identifier_key": key, "kind": KINDS[key[0]], "customer_id": customer}
        for key, customer in known.items()
    ]
    return sample(spark, LINK, *rows)


def test_a_new_id_depends_only_on_the_smallest_identifier(spark: SparkSession) -> None:
    first = assigned(spark, ["u1 a1", "u2"])
    again = assigned(spark, ["u2", "a1 u1 e1"])
    assert first["u1"] == first["a1"] == again["e1"]
    assert first["u2"] == again["u2"] != first["u1"]


def test_a_known_cluster_keeps_its_id_when_it_grows(spark: SparkSession) -> None:
    assert assigned(spark, ["u1 a1 a0"], {"u1": "c1", "a1": "c1"})["a0"] == "c1"


def test_a_merge_keeps_the_id_with_the_stronger_identifiers(spark: SparkSession) -> None:
    known = {"u1": "c9", "a1": "c1", "a2": "c1"}
    assert set(assigned(spark, ["u1 a1 a2"], known).values()) == {"c9"}


def test_a_tie_goes_to_the_smaller_id(spark: SparkSession) -> None:
    assert set(assigned(spark, ["u1 u2"], {"u1": "c2", "u2": "c1"}).values()) == {"c1"}


def test_a_split_leaves_the_id_with_the_stronger_part(spark: SparkSession) -> None:
    found = assigned(spark, ["a1", "u1 e1"], {"u1": "c1", "e1": "c1", "a1": "c1"})
    assert found["u1"] == found["e1"] == "c1"
    assert found["a1"] != "c1"


def test_a_split_never_mints_the_id_its_other_part_keeps(spark: SparkSession) -> None:
    minted = assigned(spark, ["a1 u1"])["a1"]
    found = assigned(spark, ["a1", "u1"], {"a1": minted, "u1": minted})
    assert found["u1"] == minted
    assert found["a1"] != minted


def test_two_clusters_never_share_an_id(spark: SparkSession) -> None:
    known = {"u1": "c1", "u2": "c1", "a1": "c2"}
    found = assigned(spark, ["u1 a1", "u2", "a2"], known)
    assert len({found["u1"], found["u2"], found["a2"]}) == 3


def _closed(spark: SparkSession, known: dict[str, str]) -> DataFrame:
    return links(spark, known).withColumn("recorded_to", F.col("recorded_from"))


def test_a_part_that_splits_off_takes_back_the_id_it_had(spark: SparkSession) -> None:
    now = links(spark, {"u1": "c1", "a1": "c1", "e2": "c1", "a2": "c1"})
    history = now.unionByName(_closed(spark, {"e2": "c2", "a2": "c2"}))
    found = named(spark, ["u1 a1", "e2 a2"], history)
    assert (found["u1"], found["e2"]) == ("c1", "c2")


def test_an_asserted_id_overrides_those_of_more_weight(spark: SparkSession) -> None:
    now = links(spark, {"u1": "c2", "a1": "c2", "e2": "c2"})
    given = spark.createDataFrame([("u1", "c1"), ("a1", "c1")],
                                  "identifier_key string, customer_id string")  # fmt: skip
    found = named(spark, ["u1 a1", "e2"], now, given)
    assert (found["u1"], found["e2"]) == ("c1", "c2")


def test_an_id_is_never_minted_twice(spark: SparkSession) -> None:
    first = assigned(spark, ["a1"])["a1"]
    history = _closed(spark, {"a1": first}).unionByName(links(spark, {"u1": first}))
    again = named(spark, ["a1", "u1"], history)
    assert again["u1"] == first
    assert again["a1"] != first


def test_distant_priorities_weigh_no_more_than_near_ones(spark: SparkSession) -> None:
    far = tuple(rule.model_copy(update={"priority": rule.priority * 40}) for rule in RULES)
    now = links(spark, {"u1": "c9", "a1": "c1", "a2": "c1", "a3": "c1"})
    found = named(spark, ["u1 a1 a2 a3"], now, rules=far)
    assert set(found.values()) == {"c9"}
