"""build_features on a small lake: again, further, and over a changed past."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.features import FeaturesSettings
from cdp_spark.features.settings import DaysSettings, LabelSettings
from cdp_spark.lake import Lake, Overwrite
from cdp_spark.tables.features import LABEL, TRAIT
from cdp_spark.tables.gold import ACTIVITY
from cdp_spark.tables.sample import sample
from jobs.build_features import run

Opened = Callable[..., Lake]
DAY = date(2025, 1, 31)
LISTED = (date(2025, 1, 5), date(2025, 1, 20))
SETTINGS = FeaturesSettings(
    days=DaysSettings(listed=LISTED),
    windows_days=(14,),
    labels=(
        LabelSettings(name="buys_5d", kind="bought", horizon_days=5),
        LabelSettings(name="spend_12d", kind="spend", horizon_days=12),
    ),
)


def _order(customer: str, day: date, amount: str = "5.00", late_days: int = 0) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "event_on": day,
        "available_on": day + timedelta(days=late_days),
        "name": "Order Completed",
        "order_count": 1,
        "order_amount": Decimal(amount),
    }


FIRST = [_order(who, date(2025, 1, day)) for who in ("ann", "bob") for day in (2, 6, 21, 30)]


def _run(lake: Lake, settings: FeaturesSettings = SETTINGS) -> dict[str, Any]:
    other_run = replace(lake.run, settings_hash=str(settings.windows_days))
    lake = Lake(lake.spark, lake.root, other_run)
    run(lake, settings)
    lake.finish(0.0)
    return lake.ledger.writes


def _changed(writes: dict[str, Any]) -> list[int]:
    counts = ("inserted_count", "updated_count", "deleted_count")
    return [writes[table.name][count] for table in (TRAIT, LABEL) for count in counts]


def _without_its_ledger(lake: Lake) -> Lake:
    """The lake as a run finds it that does not know that nothing is new."""
    shutil.rmtree(Path(lake.root) / "ops")
    return lake


def _stored(lake: Lake) -> dict[str, dict[tuple[str, date], dict[str, float]]]:
    def by_key(rows: DataFrame) -> dict[tuple[str, date], dict[str, float]]:
        return {(row[0], row[1]): row[2] for row in rows.collect()}

    return {table.name: by_key(lake.read(table)) for table in (TRAIT, LABEL)}


def test_a_second_run_changes_nothing(spark: SparkSession, open_lake: Opened) -> None:
    open_lake().publish({ACTIVITY: sample(spark, ACTIVITY, *FIRST)})
    _run(open_lake("build_features", "analytics", DAY))
    before = _stored(open_lake())
    assert {day for _, day in before[TRAIT.name]} == {*LISTED, DAY}
    assert before[LABEL.name]["ann", LISTED[0]] == {"buys_5d": 1, "spend_12d": 5}
    assert before[LABEL.name]["ann", LISTED[1]] == {"buys_5d": 1}

    assert not _run(open_lake("build_features", "analytics", DAY))
    writes = _run(_without_its_ledger(open_lake("build_features", "analytics", DAY)))
    assert _changed(writes) == [0] * 6
    assert _stored(open_lake()) == before


def test_step_by_step_ends_where_one_run_over_everything_ends(
    spark: SparkSession, open_lake: Opened, tmp_path_factory: Any
) -> None:
    next_day = DAY + timedelta(days=1)
    merged = [row | {"customer_id": "ann"} for row in FIRST[4:6]]
    news = [_order("cid", date(2025, 1, 31)), _order("ann", date(2025, 1, 19), late_days=12)]
    amended = [FIRST[2] | {"order_amount": Decimal("9.00")}]
    everything = [*FIRST[:2], *amended, FIRST[3], *merged, *FIRST[6:], *news]
    # Bob's first two orders turn out to be Ann's on the same days.
    final = {(row["customer_id"], row["event_on"]): row for row in everything}

    lake = open_lake()
    lake.publish({ACTIVITY: sample(spark, ACTIVITY, *FIRST)})
    _run(open_lake("build_features", "analytics", DAY))
    open_lake().publish({ACTIVITY: Overwrite(sample(spark, ACTIVITY, *final.values()))})
    _run(open_lake("build_features", "analytics", next_day))
    stepwise = _stored(open_lake())

    run_of = open_lake(job="build_features", purpose="analytics", as_of=next_day).run
    other = Lake(spark, str(tmp_path_factory.mktemp("whole")), run_of)
    other.publish({ACTIVITY: sample(spark, ACTIVITY, *final.values())})
    _run(other)
    whole = _stored(Lake(spark, other.root, open_lake().run))

    assert whole[LABEL.name] == stepwise[LABEL.name]
    kept = {key: row for key, row in stepwise[TRAIT.name].items() if key[1] != DAY}
    assert kept == whole[TRAIT.name]
    assert ("bob", LISTED[0]) not in kept
    assert whole[LABEL.name]["ann", LISTED[1]] == {"buys_5d": 1, "spend_12d": 14}


def test_other_windows_are_looked_back_over_on_the_days_already_there(
    spark: SparkSession, open_lake: Opened
) -> None:
    open_lake().publish({ACTIVITY: sample(spark, ACTIVITY, *FIRST)})
    _run(open_lake("build_features", "analytics", DAY))
    wider = SETTINGS.model_copy(update={"windows_days": (30,)})
    _run(open_lake("build_features", "analytics", DAY), wider)
    names = {name for traits in _stored(open_lake())[TRAIT.name].values() for name in traits}
    assert "order_count_30d" in names
    assert "order_count_14d" not in names
