from collections.abc import Callable
from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.launch import project_folder
from cdp_spark.settings import load
from cdp_spark.tables.gold import CUSTOMER, ORDER, SESSION
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, SIGHTING
from jobs.build_customers import run
from tests.gold.event_rows import at, money

Opened = Callable[..., Lake]
SETTINGS = load(project_folder() / "conf")


def _add_event(spark: SparkSession, lake: Lake, number: int, key: str, **more: Any) -> None:
    event = {
        "event_key": f"event-{number}",
        "source": "web",
        "order_namespace": "web",
        "event_at": at(number),
        **more,
    }
    lake.merge(EVENT, sample(spark, EVENT, event))
    seen = {"event_key": f"event-{number}", "identifier_key": key, "kind": "user_id"}
    lake.merge(SIGHTING, sample(spark, SIGHTING, seen))


def _built(lake: Lake) -> tuple[dict[str, Any], int]:
    run(lake, SETTINGS)
    lake.finish(0.0)
    lake.discard()
    changed = [
        entry[what] for entry in lake.ledger.writes.values() for what in entry if "_count" in what
    ]
    return {row.customer_id: row for row in lake.read(CUSTOMER).collect()}, sum(changed)


def test_only_affected_customers_are_rebuilt_and_a_rerun_changes_nothing(
    spark: SparkSession, open_lake: Opened
) -> None:
    links = [
        {"identifier_key": k, "kind": "user_id", "customer_id": f"c-{k}"} for k in ("u1", "u2")
    ]
    open_lake().merge(LINK, sample(spark, LINK, *links))
    _add_event(
        spark, open_lake(), 0, "u1", name="Order Completed", order_id="o1", amount=money("9")
    )
    _add_event(spark, open_lake(), 1, "u2")
    first, _ = _built(open_lake("build_customers"))
    assert (first["c-u1"].order_count, first["c-u1"].net_amount) == (1, money("9"))
    assert _built(open_lake("build_customers"))[1] == 0
    _add_event(spark, open_lake(), 2, "u2", name="Order Refunded", order_id="o1", amount=money("4"))
    later, _ = _built(open_lake("build_customers"))
    assert later["c-u1"].net_amount == money("5")
    assert (later["c-u2"].event_count, later["c-u2"].order_count) == (2, 0)
    assert open_lake().read(ORDER).count() == 1
    assert open_lake().read(SESSION).count() == 2
