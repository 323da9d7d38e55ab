from datetime import UTC, datetime, timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.identity import (
    IdentityChanges,
    IdentityInputs,
    RunStamp,
    StoredIdentity,
    Update,
    update_of,
)
from cdp_spark.launch import project_folder
from cdp_spark.settings import load
from cdp_spark.tables.identity import APPROVAL, DECISION, EDGE, IDENTIFIER, LINEAGE, LINK, OWNERSHIP
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.tables.writes import Overwrite

_NOW = datetime(2025, 1, 31, tzinfo=UTC)
_SETTINGS = load(project_folder() / "conf").identity


class Kept:
    """Materializes rows by local checkpoints."""

    def materialize(self, name: str, rows: DataFrame) -> DataFrame:
        del name
        return rows.localCheckpoint()

    def require_empty(self, violations: DataFrame, invariant: str) -> None:
        assert violations.isEmpty(), invariant


def _sightings(spark: SparkSession) -> DataFrame:
    rows = [
        {"event_key": event, "identifier_key": f"{kind} {who}", "kind": kind, "event_at": _NOW}
        for event, who in (("e1", "a"), ("e2", "b"))
        for kind in ("user_id", "email")
    ]
    return sample(spark, SIGHTING, *rows)


def _found(
    spark: SparkSession, links: DataFrame, sighted: DataFrame, since: datetime | None
) -> Update | None:
    none = sample(spark, DECISION).limit(0)
    empty = [sample(spark, table).limit(0) for table in (IDENTIFIER, EDGE, OWNERSHIP)]
    stored = StoredIdentity(empty[0], empty[1], empty[2], links)
    decided = none.withColumn("change", F.lit("upsert"))
    sighted = sighted.withColumn("change", F.lit("upsert"))
    changes = IdentityChanges(stored, sighted, decided, since, known_count=4, is_followed=False)
    inputs = IdentityInputs(_sightings(spark), links, none)
    return update_of(inputs, changes, _SETTINGS, RunStamp(_NOW, "a run"), Kept())


def test_a_first_run_resolves_everything_and_writes_links_last(
    spark: SparkSession,
) -> None:
    found = _found(spark, sample(spark, LINK).limit(0), _sightings(spark), None)
    assert found is not None
    assert tuple(found.writes) == (IDENTIFIER, EDGE, OWNERSHIP, LINEAGE, LINK)
    edges, links = found.writes[EDGE], found.writes[LINK]
    assert isinstance(edges, Overwrite)
    assert edges.scope is None
    assert edges.rows.count() == 2
    assert isinstance(links, DataFrame)
    assert links.select("customer_id").distinct().count() == 2
    assert found.blast_radius_error(_SETTINGS.merge, sample(spark, APPROVAL).limit(0), _NOW) is None


def test_a_run_without_changes_writes_nothing(spark: SparkSession) -> None:
    first = _found(spark, sample(spark, LINK).limit(0), _sightings(spark), None)
    assert first is not None
    links = first.writes[LINK]
    assert isinstance(links, DataFrame)
    none = _sightings(spark).limit(0)
    assert _found(spark, links, none, _NOW - timedelta(days=1)) is None


def test_a_change_of_too_many_customers_needs_an_approval(
    spark: SparkSession,
) -> None:
    links = [{"customer_id": f"c{n}", "identifier_key": f"i{n}", "confidence": 1.0}
             for n in range(30)]  # fmt: skip
    gone = [{"change_id": f"{n}", "change": "retired", "from_customer_id": f"c{n}"}
            for n in range(30)]  # fmt: skip
    radius = _SETTINGS.merge.blast_radius.model_copy(
        update={"least": 5, "max_profiles_changed": 0.1}
    )
    merge = _SETTINGS.merge.model_copy(update={"blast_radius": radius})
    update = Update({}, sample(spark, LINEAGE, *gone), sample(spark, LINK, *links))
    error = update.blast_radius_error(merge, sample(spark, APPROVAL).limit(0), _NOW)
    assert error is not None
    assert error.startswith("merge.blast_radius: 30 of 30 customers would get other ids")
    allowed = {"customer_count": 30, "expires_at": _NOW + timedelta(hours=1)}
    assert update.blast_radius_error(merge, sample(spark, APPROVAL, allowed), _NOW) is None
