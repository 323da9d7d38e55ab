from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity import (
    IdentitySettings,
    clustering_within_limits,
    components_of,
    edges_of,
    identifiers_with_roles,
)
from cdp_spark.identity.clusters.clustering import Clustering
from cdp_spark.identity.clusters.components import checkpointed
from cdp_spark.identity.clusters.contraction import Materialize
from cdp_spark.identity.clusters.limits import Constraints
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.semantics.identifiers import Limit
from tests.identity.clusters.test_limits import UNIQUE
from tests.identity.evidence.test_edges import seen

_RULES = tuple(rule.model_copy(update={"seen_with": {}}) for rule in UNIQUE)
_SETTINGS = IdentitySettings(identifiers=_RULES)


def _clustering(
    spark: SparkSession,
    *events: str,
    settings: IdentitySettings = _SETTINGS,
    constraints: Constraints | None = None,
    materialize: Materialize = checkpointed,
) -> Clustering:
    sightings = seen(spark, *events)
    identifiers = identifiers_with_roles(sightings, _RULES)
    edges = edges_of(sightings, identifiers, settings)
    clusters = components_of(identifiers, edges, settings.merge)
    return clustering_within_limits(
        Clustering(identifiers, edges, clusters), settings, constraints, materialize
    )


def _clusters(clustering: Clustering) -> set[frozenset[str]]:
    members = clustering.clusters.groupBy("component").agg(
        F.collect_set("identifier_key").alias("keys")
    )
    return {frozenset(row["keys"]) for row in members.collect()}


def test_a_number_that_went_from_one_account_to_another_joins_neither(spark: SparkSession) -> None:
    clustering = _clustering(spark, "u1 e1", "u1 e1", "u1 a1", "u2 e1", "u2 a2", "u3 e3")
    assert _clusters(clustering) == {
        frozenset({"u1", "a1"}), frozenset({"u2", "a2"}), frozenset({"u3", "e3"}),
    }  # fmt: skip
    roles = {row.identifier_key: row.role for row in clustering.identifiers.collect()}
    assert {key for key, role in roles.items() if role != "own"} == {"e1"}
    reasons = {row.reason for row in clustering.edges.collect() if row.state == "timed"}
    assert reasons == {"would give one customer two of a unique kind"}


def test_within_the_limits_nothing_is_computed_again(spark: SparkSession) -> None:
    names: list[str] = []

    def materialize(name: str, rows: DataFrame) -> DataFrame:
        names.append(name)
        return rows

    clustering = _clustering(spark, "u1 e1", "u2", materialize=materialize)
    assert _clusters(clustering) == {frozenset({"u1", "e1"}), frozenset({"u2"})}
    assert not [name for name in names if name.endswith("_again")]


def test_above_a_limit_the_weakest_evidence_is_cut_and_nothing_changes_hands(
    spark: SparkSession,
) -> None:
    limited = tuple(
        rule.model_copy(update={"limit": Limit(max=2)}) if rule.name == "anonymous_id" else rule
        for rule in _RULES
    )
    settings = IdentitySettings(identifiers=limited)
    events = ("u1 a1", "u1 a1", "u1 a2", "u1 a2", "u1 a3")
    clustering = _clustering(spark, *events, settings=settings)
    assert _clusters(clustering) == {frozenset({"u1", "a1", "a2"}), frozenset({"a3"})}
    assert {row.role for row in clustering.identifiers.collect()} == {"own"}


def test_a_limit_of_a_day_lets_another_day_have_as_many(spark: SparkSession) -> None:
    daily = tuple(
        rule.model_copy(update={"limit": Limit(max=1, per="day")})
        if rule.name == "anonymous_id"
        else rule
        for rule in _RULES
    )
    clustering = _clustering(spark, "u1 a1", "u1 a2", settings=IdentitySettings(identifiers=daily))
    assert _clusters(clustering) == {frozenset({"u1", "a1", "a2"})}
    yearly = tuple(
        rule.model_copy(update={"limit": Limit(max=1, per="year")})
        if rule.name == "anonymous_id"
        else rule
        for rule in _RULES
    )
    clustering = _clustering(spark, "u1 a1", "u1 a2", settings=IdentitySettings(identifiers=yearly))
    assert len(_clusters(clustering)) == 2


def test_no_customer_has_more_identifiers_than_a_profile_may(spark: SparkSession) -> None:
    settings = IdentitySettings(identifiers=_RULES, merge=MergeSettings(max_ids_per_profile=3))
    clustering = _clustering(spark, "u1 e1", "u1 e1", "u1 a1", "u1 a1", "u1 a2", settings=settings)
    assert _clusters(clustering) == {frozenset({"u1", "e1", "a1"}), frozenset({"a2"})}


def test_kinds_that_cannot_link_are_unique(spark: SparkSession) -> None:
    lax = tuple(rule.model_copy(update={"unique": False}) for rule in _RULES)
    events = ("u1 e1", "u1 e1", "u2 e1")
    assert (
        len(_clusters(_clustering(spark, *events, settings=IdentitySettings(identifiers=lax)))) == 1
    )
    barred = IdentitySettings(identifiers=lax, merge=MergeSettings(cannot_link=("user_id",)))
    assert len(_clusters(_clustering(spark, *events, settings=barred))) == 2
