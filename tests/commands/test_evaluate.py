import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.ops import TRUTH
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, SIGHTING


@pytest.fixture
def resolved(spark: SparkSession, lake: Lake) -> Lake:
    """Four events: two of Ann's found together, one of Bob's with them, one without a person."""
    keys = ("e1", "e2", "e3", "e4")
    lake.merge(EVENT, sample(spark, EVENT, *[{"event_key": key, "event_id": key} for key in keys]))
    seen = [{"event_key": k, "identifier_key": "u", "kind": "user_id"} for k in keys[:3]]
    lake.merge(SIGHTING, sample(spark, SIGHTING, *seen))
    link = {"identifier_key": "u", "kind": "user_id", "customer_id": "c"}
    lake.merge(LINK, sample(spark, LINK, link))
    return lake


def test_the_worlds_truth_or_a_file_of_it_gives_the_same_figures(
    spark: SparkSession, resolved: Lake, tmp_path: Path
) -> None:
    people = {"e1": "ann", "e2": "ann", "e3": "bob", "e4": "bob"}
    resolved.merge(
        TRUTH, sample(spark, TRUTH, *[{"event_id": k, "person_id": p} for k, p in people.items()])
    )
    file = tmp_path / "truth.csv"
    file.write_text("event_id,person_id\n" + "".join(f"{k},{p}\n" for k, p in people.items()))
    arguments = ["evaluate", "identity", "--json", "--lake", resolved.root]
    found = [
        json.loads(CliRunner().invoke(app, command).stdout)
        for command in (arguments, [*arguments, "--truth", str(file)])
    ]
    assert found[0] == found[1]
    assert found[0]["pair_precision"] == pytest.approx(1 / 3)
    assert found[0]["pair_recall"] == pytest.approx(1 / 2)
    assert found[0]["worst_cluster"] == 2
    assert found[0]["known"]["records"] == 3
    assert found[0]["anonymous"]["records"] == 1
    assert found[0]["anonymous"]["pair_f1"] == 1.0
    best = found[0]["reachable"]["all"]
    assert (best["pair_precision"], best["pair_recall"]) == (1.0, pytest.approx(1 / 2))


def test_a_truth_without_the_columns_or_none_at_all_is_one_clear_error(
    resolved: Lake, tmp_path: Path
) -> None:
    file = tmp_path / "truth.csv"
    file.write_text("event,person\ne1,ann\n")
    arguments = ["evaluate", "identity", "--lake", resolved.root]
    for more in (["--truth", str(file)], ["--truth", "nowhere.csv"], []):
        result = CliRunner().invoke(app, [*arguments, *more])
        assert isinstance(result.exception, SettingsInvalid)


def test_a_truth_of_other_events_is_one_clear_error(resolved: Lake, tmp_path: Path) -> None:
    file = tmp_path / "truth.csv"
    file.write_text("event_id,person_id\nanother,ann\n")
    arguments = ["evaluate", "identity", "--lake", resolved.root, "--truth", str(file)]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, SettingsInvalid)
    assert "no event_id matches" in str(result.exception)


def test_models_of_a_lake_without_any_are_an_empty_list(
    tmp_path: Path, spark: SparkSession
) -> None:
    assert spark is not None
    arguments = ["evaluate", "models", "--json", "--lake", str(tmp_path / "lake")]
    assert json.loads(CliRunner().invoke(app, arguments).stdout) == []
