import json
from collections.abc import Callable
from datetime import date
from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.audiences import AudiencesSettings
from cdp_spark.lake import Lake
from cdp_spark.tables.audience import MEMBERSHIP
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample
from jobs.build_audiences import run

_DAY, _NEXT = date(2025, 1, 31), date(2025, 2, 1)


def settings(value: int) -> AudiencesSettings:
    rule = {"trait": "order_count", "op": ">=", "value": value}
    written = {"segments": {"buyers": {"description": "x", "rule": rule}}}
    return AudiencesSettings.model_validate_json(json.dumps(written))


def stored(lake: Lake) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in lake.read(MEMBERSHIP).collect())


def test_a_day_is_replaced_and_others_stay(
    spark: SparkSession, open_lake: Callable[..., Lake]
) -> None:
    traits = [
        {"customer_id": name, "as_of_on": day, "traits": {"order_count": float(count)}}
        for name, count in (("a", 1), ("b", 5))
        for day in (_DAY, _NEXT)
    ]
    people = sample(spark, CUSTOMER, {"customer_id": "a"}, {"customer_id": "b"})
    open_lake().publish({CUSTOMER: people, TRAIT: sample(spark, TRAIT, *traits)})

    for day in (_DAY, _NEXT):
        run(open_lake(purpose="analytics", as_of=day), settings(1))
    both = stored(open_lake())
    assert [row[:3] for row in both] == [
        ("buyers", day, name) for day in (_DAY, _NEXT) for name in "ab"
    ]

    again = open_lake(purpose="analytics", as_of=_DAY)
    run(again, settings(1))
    assert again.ledger.writes[MEMBERSHIP.name]["inserted_count"] == 0
    assert stored(open_lake()) == both

    run(open_lake(purpose="analytics", as_of=_DAY), settings(9))
    assert {row[1] for row in stored(open_lake())} == {_NEXT}
