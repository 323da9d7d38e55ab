import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation import (
    HazardRates,
    WorldSettings,
    deliveries_of,
    first_daily_on,
    truth_of,
)
from cdp_spark.simulation.deliveries import broken_line, deliveries_by
from cdp_spark.simulation.people import people_of

SMALL = WorldSettings(people=120, hazards=HazardRates(broken=0.02))
LINE = (
    '{"type":"track","messageId":"m1","anonymousId":"a1","event":"Product Viewed",'
    '"properties":{"product_id":"prod-1","name":"a name that makes the line long enough"},'
    '"timestamp":"2025-01-01T00:00:00.000Z","originalTimestamp":"2025-01-01T00:00:00.000Z"}'
)


@pytest.fixture(scope="module")
def deliveries(spark: SparkSession) -> DataFrame:
    return deliveries_of(spark, SMALL).cache()


@pytest.fixture
def other_partitions(spark: SparkSession) -> Iterator[None]:
    before = spark.conf.get("spark.sql.shuffle.partitions") or "2"
    spark.conf.set("spark.sql.shuffle.partitions", "7")
    yield
    spark.conf.set("spark.sql.shuffle.partitions", before)


def fingerprint(rows: DataFrame) -> tuple[int, Decimal]:
    """The number of rows and a sum that no order of the rows changes."""
    hashed = F.xxhash64(*rows.columns).cast("decimal(38,0)")
    counted = rows.agg(F.count("*"), F.sum(hashed)).first()
    assert counted is not None
    return counted[0], counted[1]


@pytest.mark.usefixtures("other_partitions")
def test_the_same_seed_gives_the_same_rows_on_any_partitions(
    spark: SparkSession, deliveries: DataFrame
) -> None:
    again = deliveries_by(people_of(spark, SMALL).repartition(5, "email"), SMALL).cache()

    assert fingerprint(again) == fingerprint(deliveries)
    assert fingerprint(truth_of(again)) == fingerprint(truth_of(deliveries))


def test_another_seed_gives_another_world(spark: SparkSession, deliveries: DataFrame) -> None:
    other = deliveries_of(spark, SMALL.model_copy(update={"seed": 8}))
    shared = other.select("event_id").join(deliveries.select("event_id"), "event_id", how="inner")

    assert shared.count() == 0


def test_every_event_has_one_person(deliveries: DataFrame) -> None:
    people = deliveries.where(F.col("event_id").isNotNull()).groupBy("event_id")
    counts = people.agg(F.count_distinct("person_id").alias("people"))

    assert counts.where(F.col("people") != 1).count() == 0
    assert truth_of(deliveries).columns == ["event_id", "person_id"]
    assert truth_of(deliveries).count() == counts.count()


def test_some_events_are_delivered_twice_at_once_or_later(deliveries: DataFrame) -> None:
    copies = deliveries.where(F.col("event_id").isNotNull()).groupBy("event_id")
    twice = copies.agg(
        F.count("*").alias("rows"), F.count_distinct("delivery_on").alias("days")
    ).where(F.col("rows") > 1)

    assert twice.count() / deliveries.count() == pytest.approx(0.03, abs=0.01)
    assert {row["days"] for row in twice.select("days").distinct().collect()} == {1, 2}


def test_copies_differ_in_nothing_but_when_they_were_received(deliveries: DataFrame) -> None:
    same = F.regexp_replace("line", '"receivedAt":"[^"]*"', "")
    payloads = deliveries.where(F.col("event_id").isNotNull()).groupBy("event_id")

    assert payloads.agg(F.count_distinct(same).alias("n")).where(F.col("n") > 1).count() == 0


def test_late_events_arrive_within_thirty_days(deliveries: DataFrame) -> None:
    happened_on = F.to_date(F.get_json_object("line", "$.timestamp").substr(1, 10))
    whole = deliveries.where(F.col("event_id").isNotNull())
    waits = whole.select(F.date_diff("delivery_on", happened_on).alias("days"))
    counts = waits.agg(F.min("days"), F.max("days"), F.avg((F.col("days") > 1).cast("int"))).first()

    assert counts is not None
    assert counts[0] == 0
    assert 15 < counts[1] <= 30
    assert 0.02 < counts[2] < 0.07


def test_broken_lines_are_few_and_have_no_truth(deliveries: DataFrame) -> None:
    is_broken = F.col("event_id").isNull()

    assert deliveries.where(is_broken != F.col("person_id").isNull()).count() == 0
    share = deliveries.where(is_broken).count() / deliveries.count()
    assert share == pytest.approx(0.02, abs=0.006)


@pytest.mark.parametrize("kind", range(6))
def test_a_broken_line_is_no_valid_event(spark: SparkSession, kind: int) -> None:
    broken = spark.range(1).select(broken_line(F.lit(LINE), F.lit(kind))).first()

    assert broken is not None
    assert not is_valid(broken[0])
    assert is_valid(LINE)


def is_valid(line: str) -> bool:
    try:
        event = json.loads(line)
    except json.JSONDecodeError:
        return False
    moment = event["timestamp"]
    is_dated = moment[4:5] == "-" and moment[:4].isdigit()
    return is_dated and "messageId" in event and isinstance(event["type"], str)


def test_a_day_brings_about_one_percent_of_the_lines(spark: SparkSession) -> None:
    settings = WorldSettings(people=400)
    deliveries = deliveries_of(spark, settings)
    counts = {
        row["delivery_on"]: row["count"]
        for row in deliveries.groupBy("delivery_on").count().collect()
    }
    last_on = date(2025, 1, 1) + timedelta(days=settings.days - 1)
    daily = [day for day in counts if day >= first_daily_on(settings)]

    assert min(counts) >= settings.start_on
    assert max(counts) == last_on
    assert len(daily) == settings.daily_days
    assert all(0.003 < counts[day] / sum(counts.values()) < 0.013 for day in daily)
