"""How well people are found in worlds that were not looked at while the product was built."""

from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from cdp_spark.commands.evaluate import identity_quality
from cdp_spark.commands.opened import Opened
from cdp_spark.launch import Options, job_named, run_job
from tests.jobs.worlds import PROJECT, delivered, prepared, small_settings

_SEEDS = (41, 58, 93)


@pytest.mark.parametrize("seed", _SEEDS)
def test_people_of_an_unseen_world_are_told_apart_and_put_together(
    spark: SparkSession, tmp_path: Path, seed: int
) -> None:
    root = prepared(tmp_path / "lake")
    settings = small_settings(root, people=200, days=120)
    world = settings.world.model_copy(update={"seed": seed})
    settings = settings.model_copy(update={"world": world})
    options = Options(delivered(spark, settings) + timedelta(days=1))
    for name in ("ingest_events", "refine_events", "resolve_identities"):
        run_job(job_named(name, PROJECT), spark, settings, options)
    quality = identity_quality(Opened(settings, spark, is_ours=False))
    assert quality.people > 150
    assert quality.pair_precision >= 0.95
    assert quality.pair_recall >= 0.85
