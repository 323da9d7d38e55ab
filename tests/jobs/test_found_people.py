"""How well people are found in worlds that were not looked at while the product was built."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.commands.shared.evaluation import identity_qualities
from cdp_spark.commands.shared.project import Project
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.semantics.ownership import current_links
from cdp_spark.settings import Settings
from cdp_spark.sources import known_formats
from cdp_spark.sources.inference.proposal import proposal_of
from cdp_spark.sources.inference.sniffing import sniffed
from cdp_spark.tables.identity import IDENTIFIER, LINK
from tests.jobs.worlds import PROJECT, delivered, lake_of, prepared, small_settings

# A world as somebody else's table, and a day more of it: the longest way in one test. As the events
# of the web, which test_workflow takes as well, and as three other worlds in the soak.
_WORLDS = [
    pytest.param(58, True, True, id="58-csv-next-day"),
    pytest.param(41, False, False, id="41", marks=pytest.mark.soak),
    pytest.param(58, False, True, id="58-next-day", marks=pytest.mark.soak),
    pytest.param(93, True, False, id="93-csv", marks=pytest.mark.soak),
]
# A shared device sometimes gets the wrong owner, a store's device none.
_BELOW_BEST = 0.02
_STEPS = ("ingest_events", "refine_events", "resolve_identities")


@pytest.mark.parametrize(("seed", "is_csv", "has_next_day"), _WORLDS)
def test_people_of_an_unseen_world_are_separated_and_joined(
    spark: SparkSession, tmp_path: Path, seed: int, *, is_csv: bool, has_next_day: bool
) -> None:
    root = prepared(tmp_path / "lake")
    settings = small_settings(root, people=200, days=120)
    world = settings.world.model_copy(update={"seed": seed})
    settings = settings.model_copy(update={"world": world})
    options = Options(delivered(spark, settings) + timedelta(days=1))
    if is_csv:
        settings = _from_csv(settings, root / "landing")
    _resolved(spark, settings, options)
    qualities = identity_qualities(Project(settings, spark, is_ours=False))
    assert qualities.found["all"].people > 150
    assert qualities.found["known"].pair_f1 >= 0.985
    for part, quality in qualities.found.items():
        assert quality.pair_precision >= 0.99, part
        assert quality.pair_f1 >= qualities.reachable[part].pair_f1 - _BELOW_BEST, part
        assert quality.worst_cluster <= 3, part
    if has_next_day:
        before = _customers(spark, root, options.as_of)
        options = Options(delivered(spark, settings) + timedelta(days=1))
        if is_csv:
            _from_csv(settings, root / "landing")
        _resolved(spark, settings, options)
        assert _changed_share(before, _customers(spark, root, options.as_of)) <= 0.001


def _resolved(spark: SparkSession, settings: Settings, options: Options) -> None:
    for name in _STEPS:
        run_job(job_named(name, PROJECT), spark, settings, options)


@dataclass(frozen=True)
class _Known:
    """The customer of each identifier, and its number of events."""

    customers: dict[str, frozenset[str]]
    events: dict[str, int]


def _customers(spark: SparkSession, root: Path, day: date | None) -> _Known:
    lake = lake_of(spark, root, day or date.min)
    links = current_links(lake.read(LINK)).groupBy("identifier_key")
    held = links.agg(F.collect_set("customer_id").alias("customers")).collect()
    seen = lake.read(IDENTIFIER).select("identifier_key", "event_count").collect()
    return _Known({row[0]: frozenset(row[1]) for row in held}, dict(map(tuple, seen)))


def _changed_share(before: _Known, after: _Known) -> float:
    """Of the people without new sightings, the share with another customer id."""
    news = {key for key, count in after.events.items() if before.events.get(key) != count}
    affected = {one for key in news for one in before.customers.get(key, ())}
    people: dict[str, set[str]] = {}
    for key, customers in before.customers.items():
        for one in customers - affected:
            people.setdefault(one, set()).add(key)
    changed = [
        one for one, keys in people.items() if any(one not in after.customers[key] for key in keys)
    ]
    assert len(people) > 100
    return len(changed) / len(people)


def _from_csv(settings: Settings, landing: Path) -> Settings:
    """The newest delivery as somebody else's table, by the source `cdp init source` proposes."""
    newest = max((landing / "web").iterdir())
    lines = [line for one in sorted(newest.rglob("*.txt")) for line in one.open()]
    rows = {row["event_id"]: row for row in _rows(lines)}
    file = landing / "till" / f"{newest.name}.csv"
    file.parent.mkdir(exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(next(iter(rows.values()))))
        writer.writeheader()
        writer.writerows(rows.values())
    entry = proposal_of("till", sniffed(file), set(known_formats())).entry
    sources = type(settings.sources).model_validate({"entries": tuple(yaml.safe_load(entry))})
    return settings.model_copy(update={"sources": sources})


def _rows(lines: list[str]) -> Iterator[dict[str, str]]:
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            continue  # a torn line: who writes a table writes none
        context = message.get("context", {})
        person = context.get("traits", {}) | (message.get("traits") or {})
        card = next((one["id"] for one in context.get("externalIds", ())), "")
        yield {
            "event_id": message.get("messageId") or "",
            "event_time": message.get("timestamp") or message.get("receivedAt") or "",
            "cookie_id": message.get("anonymousId") or "",
            "advertising_id": context.get("device", {}).get("advertisingId") or "",
            "email": person.get("email") or "",
            "phone": person.get("phone") or "",
            "user_id": message.get("userId") or "",
            "loyalty_card": card,
            "first_name": person.get("firstName") or "",
            "last_name": person.get("lastName") or "",
            "birth_date": person.get("birthday") or "",
            "postcode": person.get("address", {}).get("postalCode") or "",
        }
