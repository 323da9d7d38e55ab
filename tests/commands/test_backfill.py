from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED, SIGHTING
from tests.commands.conftest import Cdp

_ROWS = """id,old_id,at,total,gross,mail
1,a,2025-01-01,10,12,x@b.org
2,b,2025-01-02,20,24,y@b.org
2,b,2025-01-03,21,25,y@b.org
,c,2025-01-04,30,36,z@b.org
"""


@pytest.fixture
def delivered(project: Path) -> Path:
    """The project with records delivered to its one source."""
    landing = project / ".lake" / "world" / "landing" / "shop"
    landing.mkdir(parents=True)
    (landing / "one.csv").write_text(_ROWS)
    return project


def _source(project: Path, contract: Any, **columns: str) -> None:
    source = {"name": "shop", "format": "csv", "path": "landing/shop", "event": "Order Completed",
              "identifiers": {"email": "mail"}, "columns": {"event_at": "at"} | columns,
              "contract": contract}  # fmt: skip
    text = yaml.safe_dump({"sources": {"entries": [source]}})
    (project / "conf" / "sources.yaml").write_text(text)


def _outcomes(spark: SparkSession, project: Path, lake: Lake) -> tuple[Any, ...]:
    now = Lake(spark, str(project / ".lake" / "world"), lake.run)
    events = {row["event_id"]: int(row["amount"]) for row in
              now.read(EVENT).select("event_id", "amount").collect()}  # fmt: skip
    rejected = [(row["reason"], row["is_replayed"]) for row in now.read(REJECTED).collect()]
    return events, sorted(rejected), now.read(DUPLICATE).count(), now.read(SIGHTING).count()


def test_the_past_is_taken_again_with_today_s_settings(
    cdp: Cdp, delivered: Path, spark: SparkSession, lake: Lake
) -> None:
    now = datetime.now(tz=UTC)  # noqa: TID251 - the commands under test read the clock
    window = [f"{now + timedelta(days=days):%Y-%m-%d}" for days in (-1, 1)]
    again = ["backfill", "--from", window[0], "--to", window[1]]
    _source(delivered, {}, event_id="id", amount="total")
    cdp("run")
    before = ({"1": 10, "2": 20}, [("missing_id", False)], 1, 2)
    assert _outcomes(spark, delivered, lake) == before

    # Another amount, and a contract that two of the events break: they stay as they are.
    _source(delivered, {"amount": {"most": 20}}, event_id="id", amount="gross")
    cdp(*again, "--dry-run")
    assert _outcomes(spark, delivered, lake) == before
    cdp(*again)
    assert _outcomes(spark, delivered, lake) == ({"1": 12, "2": 20}, [("missing_id", False)], 1, 2)

    # Another id: events move to it, and the row that had none is taken.
    _source(delivered, {}, event_id="old_id", amount="gross")
    cdp(*again)
    after = ({"a": 12, "b": 24, "c": 36}, [("missing_id", True)], 1, 3)
    assert _outcomes(spark, delivered, lake) == after


def test_a_window_that_ends_before_it_begins_is_rejected(cdp: Cdp) -> None:
    with pytest.raises(SettingsInvalid, match="expected a moment after"):
        cdp("backfill", "--from", "2025-01-02", "--to", "2025-01-01")
    with pytest.raises(SettingsInvalid, match="--source shop: no such source; sources are web"):
        cdp("backfill", "--from", "2025-01-01", "--to", "2025-01-02", "--source", "shop")
