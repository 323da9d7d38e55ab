"""News in any batches, with rows that went: what is renewed is what a resolution of all gives.

Scenes of up to 34 identifiers are one world, so that every law is looked at by one run. A few of
them get news in each batch. All share a kiosk's cookie and a switchboard's address; numbers fall
silent and come back, limits break, and stewards have decided. What chance brings too seldom is
written down. The soak draws a hundred scenes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from cdp_spark.identity import IdentitySettings, Knowledge, Moment, resolution_of
from cdp_spark.identity.renewal import Renewal, renewed_resolution
from cdp_spark.identity.scope import News, Stored
from cdp_spark.identity.settings import MergeSettings
from cdp_spark.tables import Table
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINEAGE, LINK, SPELL
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.identifiers import IdentifierRule
from cdp_spark.terms.ownership import current_links
from tests.identity.test_decisions import decided
from tests.identity.test_resolution import Kept

# Seed, scenes and batches; all that is written down has come, and gone, after the third batch.
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
_SETTINGS = IdentitySettings(identifiers=_RULES, merge=MergeSettings(renew_reach=1.0))
_DECIDED = (
    "always u0s1 e0s2", "never u0s3 | a0s3", "bypass e1s4", "alias u0s5 u1s5",
    "always e2s6 a3s6", "never e0s7 a1s7 | u0s7 e1s7",
)  # fmt: skip

# A number nobody's by its addresses and then by its people; two hubs seen together by two sources;
# and u7 of whom a limit parts a number that was seen with a tablet and with a device of e9.
_WRITTEN = (
    ("p0x e0x", "p0x e1x", "p0x e2x", "p0x e3x",
     "eswitchboard u0y", "eswitchboard u1y", "eswitchboard u2y",
     "pswitchboard u0y", "pswitchboard u1y", "pswitchboard u2y",
     "eswitchboard pswitchboard", "eswitchboard pswitchboard",
     "u1z p1z", "u2z p1z", "e9z a9z", "u5z a5z", "u6z a5z", "p1z a9z a5z", "e1z a1z"),
    ("p0x u0x", "p0x u1x", "p0x u2x", "eswitchboard pswitchboard", "e1z e9z"),
)  # fmt: skip

# One sitting at two tablets of five people, in which nobody says who it is: event, minute, what it
# shows, and the batches in which it comes and goes. What is left of one begins in the same event as
# the other then, which is an unknown customer's already.
_SITTING = (
    ("d", 0, "a1q", 0, 2), ("g", 20, "a2q", 0, None), ("f", 10, "a1q a2q", 1, None),
    *[(f"u{n}", -5000 * n, f"u{n}q a1q a2q", 0, None) for n in range(1, 6)],
)  # fmt: skip

Sighting = tuple[str, int, str, str, str, str, datetime, datetime]


def _event(draw: Random, scene: int, number: int) -> Iterator[Sighting]:
    """Sightings of an event in which somebody of a scene does something."""
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
    for key in dict.fromkeys(keys):
        event = f"event-{scene}-{number}"
        yield event, 0, key, _KINDS[key[0]], source, event, at, at


def _written(batch: int) -> Iterator[Sighting]:
    """The sightings that are written down for a batch; its sources take turns."""
    for number, keys in enumerate(_WRITTEN[batch] if batch < len(_WRITTEN) else ()):
        event, at = f"event-{batch}-written-{number}", _START + timedelta(days=number, hours=batch)
        for key in keys.split():
            source = ("web", "shop")[number % 2]
            yield event, 0, key, _KINDS[key[0]], source, event, at, at


def _sat(batch: int, *, goes: bool) -> list[Sighting]:
    """The sightings of the sitting that come, or go, in a batch."""
    rows = []
    for name, minute, keys, came, went in _SITTING:
        at = _START + timedelta(days=40, minutes=minute)
        for key in keys.split() if batch == (went if goes else came) else ():
            rows.append((f"event-q-{name}", 0, key, _KINDS[key[0]], "shop", name, at, at))
    return rows


@dataclass
class _World:
    """Sightings so far, and what came and went in each batch."""

    rows: list[Sighting] = field(default_factory=list)
    batches: list[tuple[list[Sighting], list[Sighting]]] = field(default_factory=list)


def _drawn(seed: int, scene_count: int, batch_count: int) -> _World:
    draw, world = Random(seed), _World()  # noqa: S311 - a seed, not a secret
    first = [row for scene in range(scene_count) for number in range(draw.randint(5, 30))
             for row in _event(draw, scene, number)]  # fmt: skip
    first += [*_written(0), *_sat(0, goes=False)]
    live = list(first)
    world.batches.append((first, []))
    for batch in range(1, batch_count):
        scenes = draw.sample(range(scene_count), scene_count // 4)
        came = [row for scene in scenes for number in range(draw.randint(1, 3))
                for row in _event(draw, scene, 1000 * batch + number)]  # fmt: skip
        came += [*_written(batch), *_sat(batch, goes=False)]
        # An event of before shows one more.
        late = draw.choice(live)
        more = (*late[:2], f"a11s{scenes[0]}", "anonymous_id", *late[4:])
        came += [] if (more[0], more[2]) in {(row[0], row[2]) for row in live} else [more]
        gone = draw.sample(live, 12) if batch > 1 else []
        gone = [row for row in gone if not row[0].startswith("event-q")] + _sat(batch, goes=True)
        live = [row for row in live + came if row not in gone]
        world.batches.append((came, gone))
    return world


@dataclass
class _Tables:
    """The tables of identity as one way of resolving left them."""

    found: dict[str, DataFrame]

    @property
    def stored(self) -> Stored:
        links = current_links(self.found[LINK.name])
        identifiers, edges, spells = (self.found[one.name] for one in (IDENTIFIER, EDGE, SPELL))
        return Stored(identifiers, edges, spells, links)

    def with_links(self, links: DataFrame, lineage: DataFrame) -> None:
        for table, rows in ((LINK, links), (LINEAGE, lineage)):
            older = self.found[table.name].join(rows, on=list(table.key), how="left_anti")
            self.found[table.name] = _kept(older.select(*table.columns).unionByName(rows))

    def replaced(self, table: Table, rows: DataFrame, within: DataFrame) -> None:
        mine = self.found[table.name]
        rest = mine.join(within, on=within.columns, how="left_anti").select(*table.columns)
        assert rows.join(within, on=within.columns, how="left_anti").isEmpty(), table.name
        self.found[table.name] = _kept(rest.unionByName(rows))

    def take(self, renewal: Renewal) -> None:
        told = renewal.resolution
        self.replaced(IDENTIFIER, told.identifiers, renewal.identifiers_within)
        self.replaced(EDGE, told.edges, renewal.edges_within)
        self.replaced(SPELL, told.spells, renewal.spells_within)
        self.with_links(told.links, told.lineage)


def _kept(rows: DataFrame) -> DataFrame:
    return rows.localCheckpoint()


def _empty(spark: SparkSession) -> _Tables:
    tables = (IDENTIFIER, EDGE, SPELL, LINK, LINEAGE)
    return _Tables({one.name: spark.createDataFrame([], one.schema) for one in tables})


def _rows(tables: _Tables, name: str) -> set[Row]:
    rows = tables.found[name].collect()
    assert len(rows) == len(set(rows)), f"{name}: a row stands twice"
    return set(rows)


@pytest.mark.parametrize(("seed", "scene_count", "batch_count"), _WORLDS)
def test_renewed_by_any_news_identity_is_what_a_resolution_of_all_gives(
    spark: SparkSession, seed: int, scene_count: int, batch_count: int
) -> None:
    world = _drawn(seed, scene_count, batch_count)
    decisions = decided(spark, *_DECIDED).localCheckpoint()
    whole, renewed = _empty(spark), _empty(spark)
    live: list[Sighting] = []
    for number, (came, gone) in enumerate(world.batches):
        live = [row for row in live + came if row not in set(gone)]
        sightings = _kept(spark.createDataFrame(live, SIGHTING.schema))
        moment = Moment(_START + timedelta(days=200 + number), f"run-{number}")
        known = Knowledge(sightings, whole.found[LINK.name], decisions)
        found = resolution_of(known, _SETTINGS, moment, Kept())
        for table, rows in ((IDENTIFIER, found.identifiers), (EDGE, found.edges),
                            (SPELL, found.spells)):  # fmt: skip
            whole.found[table.name] = _kept(rows)
        whole.with_links(found.links, found.lineage)
        if number == 0:
            renewed.found = dict(whole.found)
            continue
        arrived, left = (spark.createDataFrame(one, SIGHTING.schema) for one in (came, gone))
        news = News(renewed.stored, arrived, left, known_count=len(live))
        known = Knowledge(sightings, renewed.found[LINK.name], decisions)
        renewal = renewed_resolution(known, news, _SETTINGS, moment, Kept())
        assert renewal is not None
        looked_at, there_are = renewal.spells_within.count(), len(_rows(renewed, IDENTIFIER.name))
        assert len(came) < looked_at < there_are / 2
        renewed.take(renewal)
        for name in whole.found:
            mine, theirs = _rows(renewed, name), _rows(whole, name)
            assert mine == theirs, f"batch {number}: {name}"
