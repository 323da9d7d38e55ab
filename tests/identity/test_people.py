from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity import (
    IdentitySettings,
    components_of,
    edges_of,
    judged_identifiers,
    people_of,
)
from cdp_spark.identity.components import checkpointed
from cdp_spark.identity.contraction import Keep
from cdp_spark.identity.people import People
from tests.identity.test_evidence import seen
from tests.identity.test_limits import UNIQUE

_RULES = tuple(rule.model_copy(update={"limit": {}}) for rule in UNIQUE)
_SETTINGS = IdentitySettings(identifiers=_RULES)


def _people(spark: SparkSession, *events: str, keep: Keep = checkpointed) -> People:
    sightings = seen(spark, *events)
    judged = judged_identifiers(sightings, _RULES)
    edges = edges_of(sightings, judged, _RULES)
    groups = components_of(judged, edges, _SETTINGS.merge)
    return people_of(judged, edges, groups, _SETTINGS, keep)


def _groups(people: People) -> set[frozenset[str]]:
    members = people.groups.groupBy("component").agg(F.collect_set("identifier_key").alias("keys"))
    return {frozenset(row["keys"]) for row in members.collect()}


def test_a_number_that_went_from_one_account_to_another_joins_neither(spark: SparkSession) -> None:
    people = _people(spark, "u1 e1", "u1 e1", "u1 a1", "u2 e1", "u2 a2", "u3 e3")
    assert _groups(people) == {
        frozenset({"u1", "a1"}), frozenset({"u2", "a2"}), frozenset({"u3", "e3"}),
    }  # fmt: skip
    roles = {row.identifier_key: row.role for row in people.identifiers.collect()}
    assert {key for key, role in roles.items() if role != "own"} == {"e1"}
    reasons = {row.reason for row in people.edges.collect() if row.state == "timed"}
    assert reasons == {"would give one customer two of a unique kind"}


def test_within_the_limits_nothing_is_looked_at_again(spark: SparkSession) -> None:
    kept: list[str] = []

    def keep(name: str, rows: DataFrame) -> DataFrame:
        kept.append(name)
        return rows

    people = _people(spark, "u1 e1", "u2", keep=keep)
    assert _groups(people) == {frozenset({"u1", "e1"}), frozenset({"u2"})}
    assert not [name for name in kept if name.endswith("_again")]
