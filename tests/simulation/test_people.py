import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation import HazardRates, WorldSettings
from cdp_spark.simulation.people import HOUSEHOLD_SIZE, MAX_VISITS, people_of

SETTINGS = WorldSettings(people=2_000, hazards=HazardRates(recycled_phone=0.05))


@pytest.fixture(scope="module")
def people(spark: SparkSession) -> DataFrame:
    return people_of(spark, SETTINGS).cache()


@pytest.mark.parametrize(
    "own", ["person_id", "user_id", "loyalty_id", "email", "second_email", "second_phone"]
)
def test_own_identifiers_are_unique(people: DataFrame, own: str) -> None:
    counts = people.agg(F.count(own), F.count_distinct(own)).first()

    assert counts is not None
    assert 0 < counts[0] == counts[1]


def test_a_recycled_number_has_two_owners_and_no_other_number_has(people: DataFrame) -> None:
    owners = people.where(F.col("phone").isNotNull()).groupBy("phone")
    counts = owners.agg(F.count("*").alias("people"), F.max("is_recycled_phone").alias("recycled"))

    assert counts.where((F.col("people") == 2) != F.col("recycled")).count() == 0
    assert counts.where(F.col("recycled")).count() > 0


def test_group_mailboxes_and_switchboards_are_used_by_dozens(people: DataFrame) -> None:
    for shared in ("group_email", "switchboard_phone"):
        users = people.where(F.col(shared).isNotNull()).groupBy(shared).count()

        assert users.agg(F.min("count")).first()[0] >= 12  # type: ignore[index]


def test_some_people_are_namesakes(people: DataFrame) -> None:
    namesakes = people.groupBy("first_name", "last_name").count().where(F.col("count") > 1)

    assert namesakes.count() > 30


def test_a_household_is_small_and_shares_its_tablet_as_a_whole(people: DataFrame) -> None:
    households = people.groupBy("household").agg(
        F.count("*").alias("people"), F.count_distinct("shares_device").alias("answers")
    )

    assert households.where(F.col("people") > HOUSEHOLD_SIZE).count() == 0
    assert households.where(F.col("answers") > 1).count() == 0


def test_no_person_has_more_visits_than_the_bound(spark: SparkSession) -> None:
    busy = people_of(spark, WorldSettings(people=200, visits=200.0))

    assert busy.agg(F.max("visit_count")).first()[0] == MAX_VISITS  # type: ignore[index]


def test_people_leave_after_they_join(people: DataFrame) -> None:
    assert people.where(F.col("left_day") <= F.col("joined_day")).count() == 0
