import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation import HazardRates, WorldSettings
from cdp_spark.simulation.people import people_of
from cdp_spark.simulation.visits import APP, KIOSK, SHARED, STORE, start_second, visits_of

SETTINGS = WorldSettings(people=500, days=120, hazards=HazardRates(resold_device=0.1))
LAST_MOVE_DAYS = 6  # a visit may move to the weekend after


@pytest.fixture(scope="module")
def visits(spark: SparkSession) -> DataFrame:
    return visits_of(people_of(spark, SETTINGS), SETTINGS).cache()


def test_people_visit_only_while_they_are_there(visits: DataFrame) -> None:
    is_early = F.col("day") < F.floor("joined_day")
    is_gone = F.col("day") > F.col("left_day") + LAST_MOVE_DAYS

    assert visits.count() > 2_000
    assert visits.where(is_early | is_gone).count() == 0


def test_a_visit_lies_in_its_day(visits: DataFrame) -> None:
    in_day = F.col("visit_second") - start_second(SETTINGS) - F.col("day") * 86_400

    assert visits.where(~in_day.between(0, 86_399)).count() == 0


def test_the_world_starts_at_midnight_utc() -> None:
    assert start_second(WorldSettings()) == 1_735_689_600


def test_those_who_like_weekends_come_on_weekends(visits: DataFrame) -> None:
    weekday = F.weekday(F.date_add(F.lit(SETTINGS.start_on), F.col("day")))
    shares = {
        row["likes_weekends"]: row["share"]
        for row in visits.groupBy("likes_weekends")
        .agg(F.avg((weekday >= 5).cast("double")).alias("share"))
        .collect()
    }

    assert shares[True] > shares[False] + 0.2


def test_a_tablet_has_its_household_and_a_kiosk_its_dozens(visits: DataFrame) -> None:
    users = visits.groupBy("channel", "anonymous_id").agg(
        F.count_distinct("person").alias("people")
    )
    most = {
        row["channel"]: row["most"]
        for row in users.groupBy("channel").agg(F.max("people").alias("most")).collect()
    }

    assert 2 <= most.pop(SHARED) <= 3
    assert most.pop(KIOSK) >= 24
    assert most.pop("browser") == 1
    assert most.pop(APP) == 2


def test_a_resold_phone_is_one_persons_at_a_time(visits: DataFrame) -> None:
    spans = visits.where(F.col("channel") == APP).groupBy("anonymous_id", "person")
    days = spans.agg(F.min("day").alias("first"), F.max("day").alias("last"))
    counts = days.groupBy("anonymous_id").agg(
        F.count("*").alias("people"), F.max("first").alias("sold"), F.min("last").alias("given_up")
    )
    resold = counts.where("people > 1").collect()
    assert len(resold) > 3
    assert all(row["given_up"] < row["sold"] for row in resold)


def test_a_store_visit_is_an_order_without_a_device(visits: DataFrame) -> None:
    stores = visits.where(F.col("channel") == STORE)
    is_odd = ~F.col("buys") | F.col("anonymous_id").isNotNull() | F.col("loyalty_id").isNull()

    assert stores.count() > 0
    assert stores.where(is_odd).count() == 0
