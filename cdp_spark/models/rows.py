"""Training and test rows: a bounded sample of labelled snapshots, on earlier and later days."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sklearn
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.models.options import ModelSettings
from cdp_spark.models.registry import spec_of
from cdp_spark.models.settings import ModelsSettings
from cdp_spark.models.spec import ModelSpec

_SNAPSHOT = ("customer_id", "as_of_on")
_PARTS = 1_000_000
_MARGIN = 0.95  # a hash sample is slightly larger or smaller than its share
_MAX_DAYS = 10_000
_MAX_TRAITS = 2_000


class TrainingSetInvalid(ValueError):
    """The rows do not make a training set; the message says which and why."""


@dataclass(frozen=True)
class TrainingSet:
    """Rows of one model, on the driver: `customer_id`, `as_of_on`, `outcome`, then the traits."""

    spec: ModelSpec
    settings: ModelSettings
    features: tuple[str, ...]
    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def model_id(self) -> str:
        """Hash of the settings, the library's version and every training row."""
        rows = pd.util.hash_pandas_object(self.train, index=False).to_numpy()
        inputs = [self.spec.name, sklearn.__version__, self.features, self.params]
        digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode())
        digest.update(rows.tobytes())
        return digest.hexdigest()[:32]

    @property
    def params(self) -> dict[str, Any]:
        """The settings, flat, with the days used and their numbers of rows."""
        settings = self.settings.model_dump(mode="json", exclude={"trees", "train_on", "test_on"})
        days = {"train_days": _days_of(self.train), "test_days": _days_of(self.test)}
        rows = {"train_rows": len(self.train), "test_rows": len(self.test)}
        return settings | self.settings.trees.model_dump() | days | rows


def training_set(
    traits: DataFrame, labels: DataFrame, name: str, settings: ModelsSettings
) -> TrainingSet:
    """The model's rows of train and test days, ordered by day and customer.

    Customers are sampled by a hash of their id, the same ones on every day and in every run. The
    driver fetches at most `max_train_rows` + `max_test_rows` rows and 2,000 names.

    Raises:
        TrainingSetInvalid: no day is old enough, too few rows of one outcome, or too many rows.
    """
    own = settings.specs[name]
    outcomes = labels.select(*_SNAPSHOT, F.col("labels")[own.label].alias("outcome"))
    outcomes = outcomes.where(F.col("outcome").isNotNull())
    counts = _rows_per_day(outcomes)
    train_on, test_on = chosen_days(tuple(counts), own)
    is_train = _is_sampled(train_on, counts, settings.max_train_rows)
    is_test = _is_sampled(test_on, counts, settings.max_test_rows)
    features = _trait_names(traits.where(is_train))
    figures = [F.col("traits")[feature].cast("float").alias(feature) for feature in features]
    labelled = traits.where(is_train | is_test).join(outcomes, on=list(_SNAPSHOT), how="inner")
    fetched = _fetched(
        labelled.select(*_SNAPSHOT, "outcome", is_test.alias("is_test"), *figures),
        settings.max_train_rows + settings.max_test_rows,
    )
    parts = [
        fetched[fetched["is_test"] == part].drop(columns="is_test").reset_index(drop=True)
        for part in (False, True)
    ]
    chosen = TrainingSet(spec_of(name), own, features, *parts)
    _require_outcomes(chosen, settings.min_outcomes)
    return chosen


def chosen_days(
    labelled: tuple[date, ...], settings: ModelSettings
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Training days and test days, both ascending.

    The listed ones; or the latest labelled days for the test, and for the training all days with
    outcomes known by the first test day.

    Raises:
        TrainingSetInvalid: no training days or no test days.
    """
    if settings.train_on:
        test_on = tuple(sorted(set(settings.test_on) & set(labelled)))
        train_on = tuple(sorted(set(settings.train_on) & set(labelled)))
    else:
        test_on = tuple(sorted(labelled))[-settings.test_count :]
        horizon = timedelta(days=settings.horizon_days)
        train_on = tuple(d for d in sorted(labelled) if test_on and d + horizon <= test_on[0])
    if not train_on or not test_on:
        raise TrainingSetInvalid(
            f"label {settings.label}: {len(train_on)} training days and {len(test_on)} test days "
            f"among {len(labelled)} labelled ones; both are needed: wait for labels or list others"
        )
    return train_on, test_on


def _rows_per_day(outcomes: DataFrame) -> dict[date, int]:
    counted = outcomes.groupBy("as_of_on").agg(F.count(F.lit(1)).alias("held"))
    return {row["as_of_on"]: row["held"] for row in counted.limit(_MAX_DAYS).collect()}


def _is_sampled(days: tuple[date, ...], counts: dict[date, int], bound: int) -> Column:
    """Whether a row is of these days and of a sample of customers with at most `bound` rows."""
    is_of_days = F.col("as_of_on").isin(*days)
    total = sum(counts[day] for day in days)
    if total <= bound:
        return is_of_days
    part = F.pmod(F.xxhash64("customer_id"), F.lit(_PARTS))
    return is_of_days & (part < int(_PARTS * _MARGIN * bound / total))


def _fetched(rows: DataFrame, bound: int) -> pd.DataFrame:
    """All rows on the driver, ordered by day and customer."""
    fetched = rows.limit(bound + 1).toPandas()
    if len(fetched) > bound:
        raise TrainingSetInvalid(
            f"more than {bound} rows were sampled; lower models.max_train_rows"
        )
    return fetched.astype({"as_of_on": str}).sort_values(["as_of_on", "customer_id"])


def _trait_names(traits: DataFrame) -> tuple[str, ...]:
    names = traits.select(F.explode(F.map_keys("traits")).alias("name")).distinct()
    fetched = [row["name"] for row in names.limit(_MAX_TRAITS + 1).collect()]
    if len(fetched) > _MAX_TRAITS:
        raise TrainingSetInvalid(
            f"more than {_MAX_TRAITS} trait names; does a name contain a value?"
        )
    return tuple(sorted(fetched))


def _require_outcomes(rows: TrainingSet, least: int) -> None:
    for what, part in (("training", rows.train), ("test", rows.test)):
        happened = int((part["outcome"] > 0).sum())
        fewest = min(happened, len(part) - happened) if rows.spec.task != "amount" else happened
        if fewest < least:
            raise TrainingSetInvalid(
                f"{rows.spec.name}: {len(part)} {what} rows, {happened} with the outcome; expected "
                f"at least {least} with and without it (models.min_outcomes)"
            )


def _days_of(part: pd.DataFrame) -> str:
    return ",".join(sorted(set(part["as_of_on"])))
