"""How well customers match people, and models beside their baselines."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.commands.shared.output import show_table
from cdp_spark.commands.shared.project import Project
from cdp_spark.identity.clusters.components import component_labels
from cdp_spark.identity.evaluation.quality import (
    Quality,
    ReassignedIdentifiers,
    best_assignment,
    contingency_cells,
    handed_on_quality,
    quality_of,
)
from cdp_spark.lake import Lake
from cdp_spark.semantics.assignments import assignments_of
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.ops import TRUTH
from cdp_spark.tables.silver import EVENT, SIGHTING

_IDS = ("event_id", "record_id")
ALL = "all"


@dataclass(frozen=True)
class _Compared:
    """Events with the customer found and the true person, by id.

    `assigned` has id and customer_id; `people` id and person_id of the events with known truth;
    `shown` id, identifier_key, kind and event_at of every identifier in the events.
    """

    assigned: DataFrame
    people: DataFrame
    shown: DataFrame


@dataclass(frozen=True)
class Qualities:
    """Metrics by part: all events, known events, and those with device identifiers only.

    `reachable` are the metrics of the best possible assignment, see `best_assignment`;
    `handed_on` those of identifiers that changed person, none where no identifier did.
    """

    found: dict[str, Quality]
    reachable: dict[str, Quality]
    handed_on: ReassignedIdentifiers | None

    def as_json(self) -> dict[str, Any]:
        """The metrics by name; those of all events at the top level."""
        metrics: dict[str, Any] = dict(self.found[ALL].as_json())
        metrics |= {name: one.as_json() for name, one in self.found.items() if name != ALL}
        metrics["reachable"] = {name: one.as_json() for name, one in self.reachable.items()}
        return (
            metrics if self.handed_on is None else metrics | {"handed_on": asdict(self.handed_on)}
        )


def identity_quality(project: Project, truth: str = "") -> Quality:
    """Quality of the current links, against a file or the table world.truth.

    Raises:
        SettingsInvalid: the file lacks the columns, or there is no truth.
    """
    lake = project.lake("evaluate")
    compared = _compared(project, lake, truth)
    found = quality_of(
        lake.materialize("cells", contingency_cells(compared.assigned, compared.people))
    )
    lake.discard()
    return found


def identity_qualities(project: Project, truth: str = "") -> Qualities:
    """Quality of the current links, part by part; parts without events are left out.

    Raises:
        SettingsInvalid: as for `identity_quality`.
    """
    lake, identity = project.lake("evaluate"), project.settings.identity
    compared = _compared(project, lake, truth)
    devices = [rule.name for rule in identity.rules if rule.is_device]
    unique = [rule.name for rule in identity.rules if rule.unique]
    named = compared.shown.where(~F.col("kind").isin(devices)).select("id").distinct()
    parts = {
        ALL: compared.people,
        "known": compared.people.join(named, on="id", how="left_semi"),
        "anonymous": compared.people.join(named, on="id", how="left_anti"),
    }

    def components(edges: DataFrame) -> DataFrame:
        return component_labels(
            lake.materialize("own_edges", edges), identity.merge, lake.materialize
        )

    best = best_assignment(compared.shown, compared.people, components)
    sides = {"found": compared.assigned, "reachable": lake.materialize("reachable", best)}
    qualities: dict[str, dict[str, Quality]] = {side: {} for side in sides}
    for side, assigned in sides.items():
        for name, part in parts.items():
            cells = lake.materialize(f"cells_{side}_{name}", contingency_cells(assigned, part))
            if not cells.isEmpty():
                qualities[side][name] = quality_of(cells)
    handed = compared.shown.where(~F.col("kind").isin(unique))
    moved = handed_on_quality(compared.assigned, compared.people, handed)
    lake.discard()
    return Qualities(qualities["found"], qualities["reachable"], moved)


def _compared(project: Project, lake: Lake, truth: str) -> _Compared:
    """The customers found beside the true people, materialized in the lake.

    Raises:
        SettingsInvalid: as for `identity_quality`.
    """
    known = truth_rows(project.spark, truth) if truth else lake.read(TRUTH)
    by = next((name for name in _IDS if name in known.columns), "")
    if not by or "person_id" not in known.columns:
        raise SettingsInvalid(
            f"{truth}: expected event_id or record_id, and person_id, found {known.columns}"
        )
    if known.isEmpty():
        raise SettingsInvalid("no truth: give --truth FILE, or run `cdp demo --data world` first")
    rules = project.settings.identity.rules
    events, sightings = lake.read(EVENT), lake.read(SIGHTING)
    assigned = assignments_of(events, sightings, lake.read(LINK), rules)
    assigned = lake.materialize("assigned", assigned.select(F.col(by).alias("id"), "customer_id"))
    wanted = known.select(F.col(by).alias("id"), "person_id")
    received = wanted.join(assigned.select("id"), on="id", how="left_semi")
    received = lake.materialize("people", received)
    if received.isEmpty():
        raise SettingsInvalid(
            f"{truth}: no {by} matches an event of this lake; check --truth and --lake"
        )
    ids = events.select("event_key", F.col(by).alias("id"))
    shown = sightings.join(ids, on="event_key", how="inner")
    shown = shown.select("id", "identifier_key", "kind", "event_at")
    return _Compared(assigned, received, lake.materialize("shown", shown))


def truth_rows(spark: SparkSession, file: str) -> DataFrame:
    """The rows of a CSV file with a header, or of Parquet.

    Raises:
        SettingsInvalid: there is no such file.
    """
    if "://" not in file and not Path(file).exists():
        raise SettingsInvalid(f"--truth {file}: no such file; give a CSV or Parquet file")
    if file.endswith((".csv", ".csv.gz")):
        return spark.read.csv(file, header=True)
    return spark.read.parquet(file)


def show_models(found: list[dict[str, object]]) -> None:
    """Print metrics beside baselines."""
    rows = [
        (str(one["model"]), str(one["metric"]), formatted(one["value"]),
         formatted(one["baseline"]), "yes" if one["is_champion"] else "no")
        for one in found
    ]  # fmt: skip
    show_table("Models", rows, "model", "metric", "value", "baseline", "champion")


def formatted(value: object) -> str:
    """A metric as a cell of a table."""
    return f"{value:,.4f}" if isinstance(value, float) else str(value)
