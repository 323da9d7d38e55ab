"""Score every customer of the lake's day with each champion.

Reads    features.trait, gold.score
Writes   gold.score
Purpose  analytics
Rerun    safe: the day's scores of the same models are the same.
"""

from functools import reduce

from pyspark.sql import DataFrame

from cdp_spark.lake import Lake, Overwrite
from cdp_spark.launch import launch
from cdp_spark.models.scoring import model_day_scope, model_ids_of, scores_of
from cdp_spark.settings import Settings
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import SCORE
from cdp_spark.tracking.tracking import Tracking


def run(lake: Lake, settings: Settings) -> None:
    """Compute the day's scores; a model without a champion has none."""
    traits = lake.read(TRAIT)
    tracking = Tracking.at(lake.root, settings.tracking)
    champions = [
        champion
        for name in sorted(settings.models.specs)
        if (champion := tracking.champion(name)) is not None
    ]
    if not champions:
        return
    stored = lake.read(SCORE).where(f"as_of_on = date'{lake.as_of}'")
    if lake.is_idle(TRAIT) and model_ids_of(stored) == {one.model_id for one in champions}:
        return
    scores = [scores_of(traits, champion, lake.as_of) for champion in champions]
    scope = model_day_scope(traits, lake.as_of, [champion.name for champion in champions])

    lake.publish({SCORE: Overwrite(reduce(DataFrame.unionByName, scores), scope=scope)})


if __name__ == "__main__":
    launch(run)
