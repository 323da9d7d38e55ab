"""Incremental runs of any batches, with deleted rows, equal a full rebuild.

Scenes of up to 34 identifiers are one world, so that one run checks every invariant. A few of them
change in each batch. All share a kiosk's cookie and a switchboard's address; numbers fall silent
and come back, limits break, and stewards have decided. Rare cases are written down. The soak draws
a hundred scenes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from cdp_spark.identity import IdentityInputs, IdentitySettings, RunStamp, resolution_of
from cdp_spark.identity.incremental.affected import SightingChanges
from cdp_spark.identity.incremental.resolution import IncrementalResolution, incremental_resolution
from cdp_spark.identity.incremental.stored import StoredIdentity
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables import Table
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINEAGE, LINK, OWNERSHIP
from cdp_spark.tables.silver import SIGHTING
from tests.identity.stewardship.test_decisions import decided
from tests.identity.test_resolution import Kept

# Seed, scenes and batches; the third batch is the last with written rows.
_WORLDS = [(1, 24, 3), pytest.param(1, 100, 4, marks=pytest.mark.soak)]
_KINDS = {"u": "user_id", "e": "email", "p": "phone", "a": "anonymous_id"}
_COUNTS = {"u": 6, "e": 8, "p": 6, "a": 12}
_START = datetime(2025, 1, 1, tzinfo=UTC)
_RULES = (
    IdentifierRule(
        name="user_id", priority=1, confidence=0.98, unique=True, seen_with={"email": 3}
    ),
    IdentifierRule(name="email", priority=2, confidence=0.95, seen_with={"user_id": 2}),
    IdentifierRule(
        name="phone", priority=3, seen_with={"email": 3, "user_id": 2}, recycle_after="60d"
    ),
    IdentifierRule(
        name="anonymous_id", priority=4, confidence=0.8, is_device=True,
        seen_with={"user_id": 1, "email": 3},
    ),
)  # fmt: skip
_SETTINGS = IdentitySettings(
    identifiers=_RULES, merge=MergeSettings(incremental_max_read_share=1.0)
)
_DECIDED = (
    "always u0s1 e0s2", "never u0s3 | a0s3", "bypass e1s4", "alias u0s5 u1s5",
    "always e2s6 a3s6", "never e0s7 a1s7 | u0s7 e1s7",
)  # fmt: skip

# A number that is generic by its addresses, then by its people; two hubs seen together in two
# sources; and a number that a limit separates from its people, seen with a tablet and a device.
_WRITTEN = (
    ("p0x e0x", "p0x e1x", "p0x e2x", "p0x e3x",
     "eswitchboard u0y", "eswitchboard u1y", "eswitchboard u2y",
     "pswitchboard u0y", "pswitchboard u1y", "pswitchboard u2y",
     "eswitchboard pswitchboard", "eswitchboard pswitchboard",
     "u1z p1z", "u2z p1z", "e9z a9z", "u5z a5z", "u6z a5z", "p1z a9z a5z", "e1z a1z"),
    ("p0x u0x", "p0x u1x", "p0x u2x", "eswitchboard pswitchboard", "e1z e9z"),
)  # fmt: skip

# One session without login on two tablets of five people: event, minute, identifiers, and the
# batches that add and delete it. What is left of one tablet then begins in the same event as the
# other, which has an anonymous customer already.
_SESSION = (
    ("d", 0, "a1q", 0, 2), ("g", 20, "a2q", 0, None), ("f", 10, "a1q a2q", 1, None),
    *[(f"u{n}", -5000 * n, f"u{n}q a1q a2q", 0, None) for n in range(1, 6)],
)  # fmt: skip

Sighting = tuple[str, int, str, str, str | None, str | None, str, str, datetime, datetime]


def _namespace(key: str) -> str | None:
    """Two namespaces of user ids."""
    return ("crm" if len(key) % 2 else "shop") if key.startswith("u") else None


def _event(draw: Random, scene: int, number: int) -> Iterator[Sighting]:
    """Sightings of a random event of a scene."""
    person = draw.randrange(4)
    values = {"u": person, "e": person * 2 + draw.randrange(2), "p": person, "a": person * 3}
    chances = {"u": 0.4, "e": 0.4, "p": 0.3, "a": 0.8}
    keys = []
    for kind, chance in chances.items():
        value = values[kind] + (draw.randrange(3) if kind == "a" else 0)
        if draw.random() < 0.08:
            value = draw.randrange(_COUNTS[kind])
        if draw.random() < chance:
            keys.append(f"{kind}{value}s{scene}")
    if draw.random() < 0.03:
        keys.append("akiosk")
    if draw.random() < 0.03:
        keys.append("eswitchboard")
    at = _START + timedelta(days=draw.randrange(120), minutes=draw.randrange(600))
    source = draw.choice(("web", "shop"))
    aliases: dict[str, str] = {}
    if draw.random() < 0.08:
        previous = draw.randrange(8)  # of another person, or of no one yet
        keys = [f"u{person}s{scene}", f"u{previous}s{scene}", f"a{previous}old{scene}"]
        aliases = dict(zip(keys[::-1], ("previous", "previous", "current"), strict=True))
    for key in dict.fromkeys(keys):
        event = f"event-{scene}-{number}"
        names = _KINDS[key[0]], _namespace(key), aliases.get(key)
        yield event, 0, key, *names, source, event, at, at


def _written(batch: int) -> Iterator[Sighting]:
    """The written sightings of a batch, with alternating sources."""
    for number, keys in enumerate(_WRITTEN[batch] if batch < len(_WRITTEN) else ()):
        event, at = f"event-{batch}-written-{number}", _START + timedelta(days=number, hours=batch)
        for key in keys.split():
            source = ("web", "shop")[number % 2]
            yield event, 0, key, _KINDS[key[0]], _namespace(key), None, source, event, at, at


def _session_rows(batch: int, *, is_removed: bool) -> list[Sighting]:
    """Sightings of the session that a batch adds or deletes."""
    rows: list[Sighting] = []
    for name, minute, keys, added_rows, removed_in in _SESSION:
        at = _START + timedelta(days=40, minutes=minute)
        for key in keys.split() if batch == (removed_in if is_removed else added_rows) else ():
            names = _KINDS[key[0]], _namespace(key), None
            rows.append((f"event-q-{name}", 0, key, *names, "shop", name, at, at))
    return rows


@dataclass
class _World:
    """Sightings so far, and the added and deleted ones of each batch."""

    rows: list[Sighting] = field(default_factory=list)
    batches: list[tuple[list[Sighting], list[Sighting]]] = field(default_factory=list)


def _drawn(seed: int, scene_count: int, batch_count: int) -> _World:
    draw, world = Random(seed), _World()  # noqa: S311 - a seed, not a secret
    first = [row for scene in range(scene_count) for number in range(draw.randint(5, 30))
             for row in _event(draw, scene, number)]  # fmt: skip
    first += [*_written(0), *_session_rows(0, is_removed=False)]
    live = list(first)
    world.batches.append((first, []))
    for batch in range(1, batch_count):
        scenes = draw.sample(range(scene_count), scene_count // 4)
        added_rows = [row for scene in scenes for number in range(draw.randint(1, 3))
                for row in _event(draw, scene, 1000 * batch + number)]  # fmt: skip
        added_rows += [*_written(batch), *_session_rows(batch, is_removed=False)]
        # An earlier event shows one more identifier.
        late = draw.choice(live)
        more = (*late[:2], f"a11s{scenes[0]}", "anonymous_id", *late[4:])
        added_rows += [] if (more[0], more[2]) in {(row[0], row[2]) for row in live} else [more]
        removed_rows = draw.sample(live, 12) if batch > 1 else []
        removed_rows = [
            row for row in removed_rows if not row[0].startswith("event-q")
        ] + _session_rows(batch, is_removed=True)
        live = [row for row in live + added_rows if row not in removed_rows]
        world.batches.append((added_rows, removed_rows))
    return world


@dataclass
class _Tables:
    """The tables of identity after full rebuilds or incremental runs."""

    found: dict[str, DataFrame]

    @property
    def stored(self) -> StoredIdentity:
        links = current_links(self.found[LINK.name])
        identifiers, edges, ownership = (
            self.found[one.name] for one in (IDENTIFIER, EDGE, OWNERSHIP)
        )
        return StoredIdentity(identifiers, edges, ownership, links)

    def with_links(self, links: DataFrame, lineage: DataFrame) -> None:
        for table, rows in ((LINK, links), (LINEAGE, lineage)):
            older = self.found[table.name].join(rows, on=list(table.key), how="left_anti")
            self.found[table.name] = _kept(older.select(*table.columns).unionByName(rows))

    def replaced(self, table: Table, rows: DataFrame, scope: DataFrame) -> None:
        mine = self.found[table.name]
        rest = mine.join(scope, on=scope.columns, how="left_anti").select(*table.columns)
        assert rows.join(scope, on=scope.columns, how="left_anti").isEmpty(), table.name
        self.found[table.name] = _kept(rest.unionByName(rows))

    def take(self, found: IncrementalResolution) -> None:
        resolution = found.resolution
        self.replaced(IDENTIFIER, resolution.identifiers, found.identifiers_scope)
        self.replaced(EDGE, resolution.edges, found.edges_scope)
        self.replaced(OWNERSHIP, resolution.ownership, found.ownership_scope)
        self.with_links(resolution.links, resolution.lineage)


def _kept(rows: DataFrame) -> DataFrame:
    return rows.localCheckpoint()


def _empty(spark: SparkSession) -> _Tables:
    tables = (IDENTIFIER, EDGE, OWNERSHIP, LINK, LINEAGE)
    return _Tables({one.name: spark.createDataFrame([], one.schema) for one in tables})


def _rows(tables: _Tables, name: str) -> set[Row]:
    rows = tables.found[name].collect()
    assert len(rows) == len(set(rows)), f"{name}: a row is duplicated"
    return set(rows)


@pytest.mark.parametrize(("seed", "scene_count", "batch_count"), _WORLDS)
def test_incremental_runs_of_any_changes_equal_a_full_rebuild(
    spark: SparkSession, seed: int, scene_count: int, batch_count: int
) -> None:
    world = _drawn(seed, scene_count, batch_count)
    decisions = decided(spark, *_DECIDED).localCheckpoint()
    rebuilt, incremental = _empty(spark), _empty(spark)
    live: list[Sighting] = []
    for number, (added_rows, removed_rows) in enumerate(world.batches):
        live = [row for row in live + added_rows if row not in set(removed_rows)]
        sightings = _kept(spark.createDataFrame(live, SIGHTING.schema))
        stamp = RunStamp(_START + timedelta(days=200 + number), f"run-{number}")
        inputs = IdentityInputs(sightings, rebuilt.found[LINK.name], decisions)
        full = resolution_of(inputs, _SETTINGS, stamp, Kept())
        for table, rows in ((IDENTIFIER, full.identifiers), (EDGE, full.edges),
                            (OWNERSHIP, full.ownership)):  # fmt: skip
            rebuilt.found[table.name] = _kept(rows)
        rebuilt.with_links(full.links, full.lineage)
        if number == 0:
            incremental.found = dict(rebuilt.found)
            continue
        added, removed = (
            spark.createDataFrame(one, SIGHTING.schema) for one in (added_rows, removed_rows)
        )
        changes = SightingChanges(incremental.stored, added, removed, sighting_count=len(live))
        inputs = IdentityInputs(sightings, incremental.found[LINK.name], decisions)
        found = incremental_resolution(inputs, changes, _SETTINGS, stamp, Kept())
        assert found is not None
        in_scope, total = found.ownership_scope.count(), len(_rows(incremental, IDENTIFIER.name))
        assert len(added_rows) < in_scope < total / 2
        incremental.take(found)
        for name in rebuilt.found:
            mine, theirs = _rows(incremental, name), _rows(rebuilt, name)
            assert mine == theirs, f"batch {number}: {name}"
