"""A small lake for the decisions of a steward."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyspark.sql import SparkSession

from cdp_spark.launch import Options, Outcome, job_named, run_job
from cdp_spark.semantics.identifiers import spelling_of
from cdp_spark.semantics.ownership import current_links
from cdp_spark.settings import Settings, load
from cdp_spark.silver.sightings import Tokens
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.values.token import key_pads
from tests.conftest import PROJECT
from tests.jobs.worlds import KEY, lake_of, prepared

DAY = datetime(2025, 1, 1, tzinfo=UTC)
_GIVEN = (
    "event_key string, event_at timestamp,"
    " identifiers array<struct<kind: string, namespace: string, value: string, alias: string>>"
)

_SEEN = ("event_key", "event_at", "kind", "namespace", "identifier_key")


@dataclass
class Stewarded:
    """A lake of sightings, resolved; what is known of whom."""

    spark: SparkSession
    root: Path
    settings: Settings

    def sees(self, *events: str) -> Outcome:
        """Add events and resolve."""
        self.lands(*events)
        return self.resolved()

    def lands(self, *events: str) -> None:
        """Add events, as "user_id:7 email:ana@shop.org", to those of before."""
        lake = lake_of(self.spark, self.root, DAY.date())
        start = lake.read(SIGHTING).select("event_key").distinct().count()
        given = [
            (
                f"event-{start + number}",
                DAY + timedelta(days=start + number),
                [self._identifier(one) for one in event.split()],
            )
            for number, event in enumerate(events)
        ]
        tokens = Tokens(key_pads(self.spark, KEY))
        found = tokens.of(self.spark.createDataFrame(given, _GIVEN)).collect()
        rows = [{name: row[name] for name in _SEEN} for row in found]
        lake.merge(SIGHTING, sample(self.spark, SIGHTING, *rows))

    def _identifier(self, given: str) -> tuple[str, str | None, str | None, None]:
        kind, _, value = given.partition(":")
        spellings = self.settings.spellings
        found, _ = spelling_of(value, spellings.by_kind[kind], ("TR",))
        return kind, spellings.namespace_of("web", kind), found, None

    def resolved(self) -> Outcome:
        """Run resolve_identities."""
        job = job_named("resolve_identities", PROJECT)
        return run_job(job, self.spark, self.settings, Options(DAY.date()))

    def customers(self) -> list[str]:
        """Their ids, those with most identifiers first."""
        links = current_links(lake_of(self.spark, self.root, DAY.date()).read(LINK))
        counts = links.groupBy("customer_id").count().orderBy("count", "customer_id").collect()
        return [row["customer_id"] for row in counts][::-1]


def stewarded(spark: SparkSession, root: Path) -> Stewarded:
    """An empty lake with the tests' key and the settings of conf."""
    return Stewarded(spark, prepared(root), settings_with(root))


def settings_with(root: Path) -> Settings:
    """The settings of conf for the lake in a folder."""
    settings = load(PROJECT / "conf")
    project = settings.project.model_copy(update={"lake": str(root)})
    return settings.model_copy(update={"project": project})
