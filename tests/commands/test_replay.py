import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.silver import DUPLICATE, EVENT, QUALITY, REJECTED, SIGHTING
from tests.commands.conftest import Cdp

_SIZES = ("S", "M", "XL", None)


@pytest.fixture
def delivered(project: Path) -> Path:
    """The project with records delivered to its one source."""
    landing = project / ".lake" / "world" / "landing" / "web"
    landing.mkdir(parents=True, exist_ok=True)
    _land(landing / "one.jsonl", *enumerate(_SIZES))
    return project


def _land(file: Path, *sizes: tuple[int, str | None]) -> None:
    messages = [
        {"messageId": f"m{number}", "type": "track", "event": "Seen", "userId": f"u{number}",
         "receivedAt": "2025-01-01T00:00:00Z", "properties": {"size": size}}
        for number, size in sizes
    ]  # fmt: skip
    file.write_text("".join(json.dumps(one) + "\n" for one in messages))


def _contract(project: Path, **check: Any) -> None:
    source: dict[str, Any] = {"name": "web", "format": "segment", "path": "landing/web"}
    source |= {"contract": {"properties.size": check}}
    text = yaml.safe_dump({"sources": {"entries": [source]}})
    (project / "conf" / "sources.yaml").write_text(text)


def _outcomes(spark: SparkSession, project: Path, lake: Lake) -> tuple[Any, ...]:
    now = Lake(spark, str(project / ".lake" / "world"), lake.run)
    events = sorted(row["event_id"] for row in now.read(EVENT).select("event_id").collect())
    rejected = [
        (row["reason"], row["detail"], row["is_replayed"], row["replayed_in"] is not None)
        for row in now.read(REJECTED).collect()
    ]
    return events, sorted(rejected), now.read(SIGHTING).count(), now.read(DUPLICATE).count()


def test_rejected_records_are_taken_once_after_a_fix(
    cdp: Cdp, delivered: Path, spark: SparkSession, lake: Lake
) -> None:
    _contract(delivered, required=True, allowed=["S", "M"])
    cdp("run")
    missing = ("missing_field", "properties.size")
    not_allowed = ("not_allowed", "properties.size")
    before = (["m0", "m1"], [(*missing, False, False), (*not_allowed, False, False)], 2, 0)
    assert _outcomes(spark, delivered, lake) == before
    with pytest.raises(SettingsInvalid, match="--source shop: no such source; sources are web"):
        cdp("replay", "--source", "shop")

    _contract(delivered, required=True, allowed=["S", "M", "XL"])
    assert "not_allowed" in cdp("replay", "--dry-run", "--reason", "not_allowed").stderr
    assert _outcomes(spark, delivered, lake) == before
    _land(delivered / ".lake" / "world" / "landing" / "web" / "two.jsonl", (9, "M"), (2, "XL"))
    assert "still rejected: 0" in cdp("replay", "--reason", "not_allowed").stderr
    cdp("run")
    # m2 comes from the replayed record and again in a file: one event, one duplicate.
    after = (["m0", "m1", "m2", "m9"], [(*missing, False, False), (*not_allowed, True, True)], 4, 1)
    assert _outcomes(spark, delivered, lake) == after

    assert "still rejected: 1" in cdp("replay", "--source", "web").stderr  # it is broken as ever
    assert "none" in cdp("replay", "--reason", "not_allowed").stderr
    assert _outcomes(spark, delivered, lake) == after
    now = Lake(spark, str(delivered / ".lake" / "world"), lake.run)
    counts = {
        (row["batch"], row["rule"]): (row["checked_count"], row["violation_count"])
        for row in now.read(QUALITY).where("path = 'properties.size'").collect()
    }
    assert counts == {
        (1, "missing_field"): (4, 1), (1, "not_allowed"): (4, 1),
        (2, "missing_field"): (2, 0), (2, "not_allowed"): (2, 0),
    }  # fmt: skip


def test_a_rule_may_stop_the_run_before_anything_is_written(
    cdp: Cdp, delivered: Path, spark: SparkSession, lake: Lake
) -> None:
    _contract(delivered, required=True, on_violation="fail")
    with pytest.raises(Exception, match=r"rule with fail.*missing_field") as found:
        cdp("run")
    assert "u3" not in str(found.value)
    assert _outcomes(spark, delivered, lake) == ([], [], 0, 0)
    _contract(delivered, required=True, on_violation="warn")
    cdp("run", "--select", "refine_events")
    now = Lake(spark, str(delivered / ".lake" / "world"), lake.run)
    warned = {
        row["event_id"]: row["warnings"]
        for row in now.read(EVENT).select("event_id", "warnings").collect()
    }
    assert warned == {"m0": None, "m1": None, "m2": None, "m3": ["missing_field: properties.size"]}
