import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation import WorldSettings
from cdp_spark.simulation.events import events_of
from cdp_spark.simulation.people import people_of
from cdp_spark.simulation.visits import EMAIL, STORE, visits_of

SETTINGS = WorldSettings(people=300)


@pytest.fixture(scope="module")
def events(spark: SparkSession) -> DataFrame:
    return events_of(visits_of(people_of(spark, SETTINGS), SETTINGS), SETTINGS).cache()


def test_every_event_has_an_id_of_its_own(events: DataFrame) -> None:
    counts = events.agg(F.count("event_id"), F.count_distinct("event_id")).first()

    assert counts is not None
    assert counts[0] == counts[1] == events.count()


def test_a_person_makes_about_sixty_events(events: DataFrame) -> None:
    assert 45 < events.count() / SETTINGS.people < 75


def test_most_browsing_is_anonymous_and_logged_in_visits_keep_their_cookie(
    events: DataFrame,
) -> None:
    known = F.col("is_logged_in").cast("double")
    browsing = events.where(F.col("channel") == "browser")

    assert browsing.agg(F.avg(known)).first()[0] < 0.5  # type: ignore[index]
    assert browsing.where(F.col("is_logged_in") & F.col("anonymous_id").isNull()).count() == 0


def test_before_the_login_no_true_user_id_is_sent(events: DataFrame) -> None:
    sends_own = F.col("sent_user_id") == F.col("user_id")
    is_early = ~F.col("is_logged_in") & (F.col("channel") != EMAIL)

    assert events.where(is_early & sends_own).count() == 0


def test_a_store_order_shows_the_card_and_no_device(events: DataFrame) -> None:
    orders = events.where((F.col("channel") == STORE) & (F.col("kind") == "order"))
    is_odd = F.col("sent_loyalty_id").isNull() | F.col("anonymous_id").isNotNull()

    assert orders.count() > 0
    assert orders.where(is_odd | F.col("sent_user_id").isNotNull()).count() == 0


def test_the_steps_of_a_visit_happen_in_order(events: DataFrame) -> None:
    steps = events.where(F.col("kind") != "refund").groupBy("person", "visit")
    by_time = steps.agg(
        F.sort_array(F.collect_list(F.struct("happened_ms", "position"))).alias("s")
    )
    is_sorted = F.col("s.position") == F.sort_array("s.position")

    assert by_time.where(~is_sorted).count() == 0


def test_a_refund_follows_its_order_within_weeks(events: DataFrame) -> None:
    moments = events.where(F.col("kind").isin("order", "refund")).groupBy("person", "visit")
    pairs = moments.agg(F.count("*").alias("n"), F.expr("max(happened_ms) - min(happened_ms)"))
    waits = [row[3] / 86_400_000 for row in pairs.where(F.col("n") == 2).collect()]

    assert len(waits) > 0
    assert all(1 <= wait <= 22 for wait in waits)


def test_no_campaign_mail_reaches_who_does_not_want_it(events: DataFrame) -> None:
    mails = events.where(F.col("channel") == EMAIL)

    assert mails.count() > 0
    assert mails.where(~F.col("marketing") | F.col("sent_email").isNull()).count() == 0
