import re

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.simulation import HazardRates, WorldSettings
from cdp_spark.simulation.hazards import (
    given_email,
    given_phone,
    mistyped_email,
    placeholder_user,
    styled_email,
    styled_phone,
)
from cdp_spark.simulation.names import KNOWN_JUNK_EMAILS, KNOWN_JUNK_USERS

CLEAN = HazardRates(junk_email=0, junk_phone=0, email_typo=0, email_style=0, phone_style=0)


@pytest.mark.parametrize("draw", [0.1, 0.3, 0.6, 0.9])
def test_a_styled_email_is_the_same_mailbox(spark: SparkSession, draw: float) -> None:
    row = spark.range(1).select(styled_email(F.lit("ali.kaya5@gmail.com"), F.lit(draw))).first()

    assert row is not None
    assert row[0] != "ali.kaya5@gmail.com"
    plain = re.sub(r"\+[^@]*", "", row[0].strip().lower())
    assert plain.replace("a.li", "ali") == "ali.kaya5@gmail.com"


@pytest.mark.parametrize("draw", [0.1, 0.5, 0.9])
def test_a_mistyped_email_is_another_mailbox(spark: SparkSession, draw: float) -> None:
    row = spark.range(1).select(mistyped_email(F.lit("ali.kaya5@gmail.com"), F.lit(draw))).first()

    assert row is not None
    assert row[0] != "ali.kaya5@gmail.com"


@pytest.mark.parametrize("draw", [0.1, 0.5, 0.9])
def test_a_styled_phone_keeps_its_digits(spark: SparkSession, draw: float) -> None:
    row = spark.range(1).select(styled_phone(F.lit("5321234567"), F.lit(draw))).first()

    assert row is not None
    assert re.sub(r"\D", "", row[0]).endswith("5321234567")


def test_a_rate_of_one_makes_every_email_a_filler(spark: SparkSession) -> None:
    settings = WorldSettings(hazards=HazardRates(junk_email=1, junk_user=1))
    given = _givers(spark).select(given_email(settings), placeholder_user(settings)).collect()

    assert {row[0] for row in given} == set(KNOWN_JUNK_EMAILS)
    assert {row[1] for row in given} == set(KNOWN_JUNK_USERS)


def test_without_hazards_people_give_what_is_theirs(spark: SparkSession) -> None:
    given = _givers(spark).select(given_email(WorldSettings(hazards=CLEAN))).distinct().collect()

    assert [row[0] for row in given] == ["a.b1@mail.example"]


def test_a_recycled_number_is_given_by_one_owner_at_a_time(spark: SparkSession) -> None:
    givers = _givers(spark).withColumn("is_recycled_phone", F.lit(1) == 1)
    rows = givers.select("person", "day", given_phone(WorldSettings(hazards=CLEAN)).alias("phone"))
    owners = {(row["person"], row["day"] < 30) for row in rows.collect() if row["phone"]}

    assert owners == {(0, True), (1, False)}


def _givers(spark: SparkSession) -> DataFrame:
    return spark.range(120).select(
        (F.col("id") % 2).alias("person"),
        F.col("id").alias("visit"),
        F.lit(1.0).alias("position"),
        (F.col("id") / 2).cast("int").alias("day"),
        F.lit("a.b1@mail.example").alias("email"),
        F.lit(None).cast("string").alias("second_email"),
        F.lit(None).cast("string").alias("group_email"),
        F.lit("5321234567").alias("phone"),
        F.lit(None).cast("string").alias("second_phone"),
        F.lit(None).cast("string").alias("switchboard_phone"),
        F.lit(30.0).alias("phone_change_day"),
        (F.lit(1) == 0).alias("is_recycled_phone"),
    )
