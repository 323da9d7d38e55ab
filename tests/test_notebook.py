import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark import open_lake as open_for_reading
from cdp_spark.lake import Lake
from cdp_spark.notebook import CommandFailed, NoHistory, NoSuchTable
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SIGHTING

_FIRST, _SECOND = datetime(2025, 8, 1, 23, 59, tzinfo=UTC), datetime(2025, 8, 2, tzinfo=UTC)


@pytest.fixture
def filled(spark: SparkSession, open_lake: Callable[..., Lake]) -> Lake:
    lake = open_lake()
    days = ("a", _FIRST), ("b", _SECOND)
    lake.publish(
        {
            CUSTOMER: sample(spark, CUSTOMER, {"customer_id": "a", "email": "ada@shop.example"}),
            SCORE: sample(
                spark, SCORE, *[{"customer_id": who, "as_of_on": at.date()} for who, at in days]
            ),
            SIGHTING: sample(
                spark, SIGHTING, *[{"event_key": who, "available_at": at} for who, at in days]
            ),
            LINK: sample(
                spark, LINK,
                {"customer_id": "a", "recorded_from": _FIRST, "recorded_to": _SECOND},
                {"customer_id": "b", "recorded_from": _SECOND, "recorded_to": None},
            ),
        }
    )  # fmt: skip
    return lake


def test_tables_are_read_by_name_with_the_masks_of_the_purpose(
    spark: SparkSession, filled: Lake
) -> None:
    lake = open_for_reading(filled.root, spark=spark)
    row = lake.read("gold.customer").first()
    assert row is not None
    assert (row["customer_id"], row["email"]) == ("a", None)
    operating = open_for_reading(Path(filled.root), "operate").read("gold.customer").first()
    assert operating is not None
    assert operating["email"] == "ada@shop.example"
    with pytest.raises(NoSuchTable, match=r"'gold.customers'; did you mean gold.customer"):
        lake.read("gold.customers")


def test_tables_and_columns_are_listed_with_their_meaning(
    spark: SparkSession, filled: Lake
) -> None:
    lake = open_for_reading(filled.root, spark=spark)
    listed = lake.tables().set_index("table")
    assert set(listed.index) == set(TABLES)
    assert listed.loc["gold.score", "row_count"] == 2
    assert listed["row_count"].isna()["gold.order"]
    assert listed.loc["gold.customer", "one_row_is"] == CUSTOMER.grain
    columns = lake.columns("gold.customer").set_index("column")
    assert columns.loc["email", "personal"] == "direct"


def test_a_lake_as_of_a_day_shows_what_was_known_at_its_end(
    spark: SparkSession, filled: Lake
) -> None:
    lake = open_for_reading(filled.root, spark=spark)
    for day, expected in (("2025-08-01", {"a"}), (date(2025, 8, 2), {"a", "b"})):
        earlier = lake.as_of(day)
        assert {row["customer_id"] for row in earlier.read("gold.score").collect()} == expected
        assert {row["event_key"] for row in earlier.read("silver.sighting").collect()} == expected
    held = lake.as_of("2025-08-01").read("identity.link").collect()
    assert [row["customer_id"] for row in held] == ["a"]
    held = lake.as_of("2025-08-02").read("identity.link").collect()
    assert [row["customer_id"] for row in held] == ["b"]
    with pytest.raises(NoHistory, match=r"gold\.customer keeps only its current rows"):
        lake.as_of("2025-08-01").read("gold.customer")


def test_a_folder_that_is_no_lake_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected a folder that"):
        open_for_reading(tmp_path / "nothing")


def test_commands_run_on_the_lake_and_their_errors_are_raised(
    spark: SparkSession, filled: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = open_for_reading(filled.root, spark=spark)
    found = json.loads(lake.cdp("explain", "customer", "b", "--json"))
    assert found["customer_id"] == "b"
    with pytest.raises(SettingsInvalid, match="c: no such customer"):
        lake.cdp("explain", "customer", "c")
    monkeypatch.setattr("cdp_spark.commands.main.app", lambda *_, **__: sys.exit(5))
    with pytest.raises(CommandFailed, match="cdp run: exit code 5; see its messages on stderr"):
        lake.cdp("run")
