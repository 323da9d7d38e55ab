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
from cdp_spark.identity.limits import Told
from cdp_spark.identity.people import People
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.terms.identifiers import Limit
from tests.identity.test_evidence import seen
from tests.identity.test_limits import UNIQUE

_RULES = tuple(rule.model_copy(update={"seen_with": {}}) for rule in UNIQUE)
_SETTINGS = IdentitySettings(identifiers=_RULES)


def _people(
    spark: SparkSession,
    *events: str,
    settings: IdentitySettings = _SETTINGS,
    told: Told | None = None,
    keep: Keep = checkpointed,
) -> People:
    sightings = seen(spark, *events)
    judged = judged_identifiers(sightings, _RULES)
    edges = edges_of(sightings, judged, settings)
    groups = components_of(judged, edges, settings.merge)
    return people_of(People(judged, edges, groups), settings, told, keep)


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


def test_above_a_limit_the_weakest_evidence_is_cut_and_nothing_changes_hands(
    spark: SparkSession,
) -> None:
    limited = tuple(
        rule.model_copy(update={"limit": Limit(max=2)}) if rule.name == "anonymous_id" else rule
        for rule in _RULES
    )
    settings = IdentitySettings(identifiers=limited)
    events = ("u1 a1", "u1 a1", "u1 a2", "u1 a2", "u1 a3")
    people = _people(spark, *events, settings=settings)
    assert _groups(people) == {frozenset({"u1", "a1", "a2"}), frozenset({"a3"})}
    assert {row.role for row in people.identifiers.collect()} == {"own"}


def test_a_limit_of_a_day_lets_another_day_have_as_many(spark: SparkSession) -> None:
    daily = tuple(
        rule.model_copy(update={"limit": Limit(max=1, per="day")})
        if rule.name == "anonymous_id"
        else rule
        for rule in _RULES
    )
    people = _people(spark, "u1 a1", "u1 a2", settings=IdentitySettings(identifiers=daily))
    assert _groups(people) == {frozenset({"u1", "a1", "a2"})}
    yearly = tuple(
        rule.model_copy(update={"limit": Limit(max=1, per="year")})
        if rule.name == "anonymous_id"
        else rule
        for rule in _RULES
    )
    people = _people(spark, "u1 a1", "u1 a2", settings=IdentitySettings(identifiers=yearly))
    assert len(_groups(people)) == 2


def test_no_customer_has_more_identifiers_than_a_profile_may(spark: SparkSession) -> None:
    settings = IdentitySettings(identifiers=_RULES, merge=MergeSettings(max_ids_per_profile=3))
    people = _people(spark, "u1 e1", "u1 e1", "u1 a1", "u1 a1", "u1 a2", settings=settings)
    assert _groups(people) == {frozenset({"u1", "e1", "a1"}), frozenset({"a2"})}


def test_kinds_that_cannot_link_are_unique(spark: SparkSession) -> None:
    lax = tuple(rule.model_copy(update={"unique": False}) for rule in _RULES)
    events = ("u1 e1", "u1 e1", "u2 e1")
    assert len(_groups(_people(spark, *events, settings=IdentitySettings(identifiers=lax)))) == 1
    barred = IdentitySettings(identifiers=lax, merge=MergeSettings(cannot_link=("user_id",)))
    assert len(_groups(_people(spark, *events, settings=barred))) == 2
