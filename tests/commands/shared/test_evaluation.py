from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.commands.shared.evaluation import show_models, truth_rows
from cdp_spark.settings import SettingsInvalid


def test_a_truth_that_does_not_exist_is_one_clear_error(
    spark: SparkSession, tmp_path: Path
) -> None:
    with pytest.raises(SettingsInvalid, match=r"--truth .*: no such file; give a CSV or Parquet"):
        truth_rows(spark, str(tmp_path / "none.csv"))


def test_a_model_is_shown_beside_its_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    metric = {"model": "churn", "metric": "auc", "value": 0.81234, "baseline": 0.5}
    show_models([metric | {"is_champion": True}])
    printed = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "churn auc 0.8123 0.5000 yes" in printed
