"""Runs and models in MLflow."""

import hashlib
import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, Self

import pandas as pd
import skops.io

from cdp_spark.tracking.relocation import follow_move
from cdp_spark.tracking.settings import TrackingSettings

# Read when MLflow is first imported.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"

with warnings.catch_warnings():  # of its own type hints
    warnings.simplefilter("ignore")
    import mlflow
    import mlflow.artifacts
    import mlflow.pyfunc

from mlflow.data.delta_dataset_source import DeltaDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature, get_model_info
from mlflow.types import ColSpec, Schema

CHAMPION = "champion"
_PACKAGES = ("scikit-learn", "numpy", "pandas", "skops")
_ESTIMATOR = "estimator.skops"
_WHOLE = "whole"  # the last tag a version gets
_BASELINE = "baseline_"  # prefix of the baseline's metrics
_LONGEST = 5000  # characters of a tag or parameter


class TrackingInvalid(ValueError):
    """Runs cannot be stored with these settings; the message says what to set."""


class Card(Protocol):
    """A fitted model with its parameters and metrics."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def model_id(self) -> str:
        """Hash of training rows and settings."""

    @property
    def estimator(self) -> Any:
        """The fitted scikit-learn estimator."""

    @property
    def params(self) -> Mapping[str, Any]:
        """Its parameters."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """Its metrics and its baseline's."""

    @property
    def is_promoted(self) -> bool:
        """Whether it may become champion."""

    @property
    def promotion_reason(self) -> str:
        """Why it may become champion, or not."""

    @property
    def example(self) -> pd.DataFrame:
        """A row of traits, for names and types; its values are not stored."""


@dataclass(frozen=True)
class Champion:
    """The champion of a name."""

    name: str
    model_id: str
    version: int
    features: tuple[str, ...]
    estimator: Any


class Tracking:
    """A store of runs and models. Only the driver may use it: SQLite allows one writer."""

    def __init__(self, uri: str, artifacts: str, settings: TrackingSettings) -> None:
        for noisy in ("mlflow", "alembic"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        self.settings = settings
        self.uri = uri
        mlflow.set_tracking_uri(uri)
        self._client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
        found = self._client.get_experiment_by_name(settings.experiment)
        self._experiment_id = (
            found.experiment_id
            if found is not None
            else self._client.create_experiment(settings.experiment, artifact_location=artifacts)
        )

    @classmethod
    def at(cls, root: str, settings: TrackingSettings) -> Self:
        """The tracking of a lake: from the settings, or a database in the lake's folder.

        Raises:
            TrackingInvalid: the lake is not a local folder and no `uri` is set.
        """
        root = root.removeprefix("file://")
        if "://" in root and (settings.uri is None or settings.artifacts is None):
            raise TrackingInvalid(
                f"tracking: the lake {root} is not a local folder; set tracking.uri to an MLflow "
                "server or database and tracking.artifacts to a shared folder"
            )
        folder = Path(root).absolute()
        artifacts = settings.artifacts or (folder / "mlflow-artifacts").as_uri()
        if settings.uri is not None:
            return cls(settings.uri, artifacts, settings)
        folder.mkdir(parents=True, exist_ok=True)
        database = folder / "mlflow.db"
        follow_move(database, settings.experiment, artifacts)
        return cls(f"sqlite:///{database}", artifacts, settings)

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether a model of one of these names is registered, champion or not."""
        filters = [f"name='{self._registered(name)}'" for name in names]
        return any(self._client.search_model_versions(one, max_results=1) for one in filters)

    def has(self, name: str, model_id: str) -> bool:
        """Whether the model with this id is registered, champion or not."""
        condition = (
            f"name='{self._registered(name)}' and tags.model_id='{model_id}' "
            f"and tags.{_WHOLE}='true'"
        )
        return bool(self._client.search_model_versions(condition, max_results=1))

    def record(self, card: Card, versions: Mapping[str, int]) -> int:
        """Store the run, register its model and return the registered version.

        `versions` are the tables read and their versions. The alias `champion` moves to the model
        if it is promoted; the reason is a tag either way. A run killed halfway leaves a version
        that `has` ignores, and the next run registers the model again.
        """
        registered = self._registered(card.name)
        tags = _tags(card, versions)
        with mlflow.start_run(
            experiment_id=self._experiment_id, run_name=registered, tags=tags
        ) as run:
            mlflow.log_params({name: str(value)[:_LONGEST] for name, value in card.params.items()})
            mlflow.log_metrics(dict(card.metrics))
            for table, read in sorted(versions.items()):
                mlflow.log_input(_dataset(table, read), context="training")
            stored = self._logged_model(card)
        if not self._client.search_registered_models(f"name='{registered}'", max_results=1):
            self._client.create_registered_model(registered)
        number = self._client.create_model_version(
            registered,
            source=stored.model_uri,
            run_id=run.info.run_id,
            model_id=stored.model_id,
            tags={key: tags[key] for key in ("model_id", "promotion_reason")},
        ).version
        if card.is_promoted:
            self._client.set_registered_model_alias(registered, CHAMPION, str(number))
        self._client.set_model_version_tag(registered, str(number), _WHOLE, "true")
        return int(number)

    def _logged_model(self, card: Card) -> Any:
        """The model's files in MLflow.

        Raises:
            ValueError: the estimator contains a class that is not in `trusted_types`.
        """
        trusted = list(self.settings.trusted_types)
        # The trait table has 64-bit numbers, in any order of columns.
        signature = ModelSignature(
            Schema([ColSpec("double", name) for name in card.example.columns]),
            Schema([ColSpec("double")]),
        )
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            # An example would store the traits of a customer.
            warnings.filterwarnings("ignore", ".*input example was not provided.*")
            file = Path(folder) / _ESTIMATOR
            skops.io.dump(card.estimator, file)
            if untrusted := set(skops.io.get_untrusted_types(file=file)) - set(trusted):
                raise ValueError(
                    f"{card.name}: classes {sorted(untrusted)} are not in tracking.trusted_types; "
                    "add them if you trust them"
                )
            code = Path(folder) / "served.py"  # this package may be a zip
            code.write_text(resources.files(__package__).joinpath(code.name).read_text("utf-8"))
            return mlflow.pyfunc.log_model(
                name="model",
                python_model=str(code),
                artifacts={"estimator": str(file)},
                model_config={"trusted_types": trusted},
                signature=signature,
                pip_requirements=[f"{one}=={version(one)}" for one in _PACKAGES],
            )

    def champion(self, name: str) -> Champion | None:
        """The champion of a name, loaded; none where no model was promoted yet."""
        registered = self._registered(name)
        try:
            found = self._client.get_model_version_by_alias(registered, CHAMPION)
        except MlflowException:
            return None
        place = f"models:/{registered}/{found.version}"
        signature = get_model_info(place).signature
        return Champion(
            name=name,
            model_id=found.tags["model_id"],
            version=int(found.version),
            features=tuple(signature.inputs.input_names()),
            estimator=self._estimator(place),
        )

    def _estimator(self, place: str) -> Any:
        """The stored estimator; only classes of the settings are built, and no stored code runs."""
        file = Path(mlflow.artifacts.download_artifacts(place)) / "artifacts" / _ESTIMATOR
        return skops.io.load(file, trusted=list(self.settings.trusted_types))

    def model_metrics(self) -> list[dict[str, Any]]:
        """Metrics of each model's newest version beside its baseline's, by model and metric.

        One entry per metric: model, metric, value, baseline (none where it has none), is_champion.
        """
        prefix = f"{self.settings.prefix}-"
        known = self._client.search_registered_models(f"name LIKE '{prefix}%'")
        return [
            entry
            for registered in sorted(known, key=lambda one: str(one.name))
            for entry in self._newest_metrics(registered.name, registered.name.removeprefix(prefix))
        ]

    def _newest_metrics(self, registered: str, name: str) -> list[dict[str, Any]]:
        condition, order = f"name='{registered}'", ["version_number DESC"]
        newest = self._client.search_model_versions(condition, max_results=1, order_by=order)
        if not newest:
            return []
        champion_version = self._client.get_registered_model(registered).aliases.get(CHAMPION)
        metrics = self._client.get_run(str(newest[0].run_id)).data.metrics
        ours = {key: value for key, value in metrics.items() if not key.startswith(_BASELINE)}
        return [
            {
                "model": name,
                "metric": metric,
                "value": value,
                "baseline": metrics.get(f"{_BASELINE}{metric}"),
                "is_champion": str(champion_version) == str(newest[0].version),
            }
            for metric, value in sorted(ours.items())
        ]

    def _registered(self, name: str) -> str:
        return f"{self.settings.prefix}-{name}"


def _tags(card: Card, versions: Mapping[str, int]) -> dict[str, str]:
    settings = json.dumps(dict(card.params), sort_keys=True, default=str)
    tags = {
        "model_id": card.model_id,
        "settings_hash": hashlib.sha256(settings.encode()).hexdigest()[:32],
        "promotion_reason": card.promotion_reason[:_LONGEST],
        "is_promoted": str(card.is_promoted).lower(),
    }
    return tags | {f"version.{table}": str(number) for table, number in versions.items()}


def _dataset(table: str, number: int) -> MetaDataset:
    """Name and version of a table, without its rows: a profile would scan them."""
    source = DeltaDatasetSource(delta_table_name=table, delta_table_version=number)
    return MetaDataset(source, name=table)  # type: ignore[abstract]
