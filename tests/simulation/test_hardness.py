"""The world is hard for plain connected components and solvable by guarding what is shared.

Both answers are plain Python, independent of the product: they measure the data, not the resolver.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from pyspark.sql import SparkSession
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cdp_spark.simulation import WorldSettings, deliveries_of

Identifier = tuple[str, str]
Carried = list[list[Identifier]]  # per event, its identifiers, the strongest first
SEEDS = (7, 11, 23)


class Score(NamedTuple):
    precision: float
    recall: float
    worst: int

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@pytest.fixture(scope="module", params=SEEDS)
def world(request: pytest.FixtureRequest, spark: SparkSession) -> tuple[list[str], Carried]:
    """The person of each event, and what the event carries."""
    rows = deliveries_of(spark, WorldSettings(seed=request.param, people=600)).collect()
    events = {row["event_id"]: row for row in rows if row["event_id"]}
    people = [row["person_id"] for row in events.values()]
    return people, [carried(json.loads(row["line"])) for row in events.values()]


def test_plain_components_join_dozens_of_people(world: tuple[list[str], Carried]) -> None:
    people, events = world

    score = scored(people, components(events))

    assert score.f1 <= 0.60
    assert score.worst >= 50


def test_guarding_what_is_shared_finds_the_people(world: tuple[list[str], Carried]) -> None:
    people, events = world
    trusted = [[one for one in event if not is_filler(one)] for event in events]
    shared = learned_shared(trusted)

    score = scored(people, components([[o for o in e if o not in shared] for e in trusted]))

    assert score.precision >= 0.97
    assert score.recall >= 0.90


def test_a_list_of_fillers_alone_is_not_enough(world: tuple[list[str], Carried]) -> None:
    people, events = world
    trusted = [[one for one in event if not is_filler(one)] for event in events]

    assert scored(people, components(trusted)).f1 <= 0.60


def carried(event: dict[str, Any]) -> list[Identifier]:
    context = event["context"]
    traits = {**context.get("traits", {}), **event.get("traits", {})}
    found = [
        ("user_id", event.get("userId")),
        *[("loyalty_id", card["id"]) for card in context.get("externalIds", [])],
        ("email", plain_email(traits["email"]) if "email" in traits else None),
        ("phone", re.sub(r"\D", "", traits["phone"])[-10:] if "phone" in traits else None),
        ("advertising_id", context.get("device", {}).get("advertisingId")),
        ("anonymous_id", event.get("anonymousId")),
    ]
    return [(kind, value) for kind, value in found if value is not None]


def plain_email(raw: str) -> str:
    mailbox, _, domain = raw.strip().lower().partition("@")
    mailbox = mailbox.split("+")[0]
    return f"{mailbox.replace('.', '') if domain == 'gmail.com' else mailbox}@{domain}"


def components(events: Carried) -> list[Hashable]:
    """The group of each event: that of its strongest identifier, or a group of its own."""
    numbers: dict[Identifier, int] = {}
    pairs: list[tuple[int, int]] = []
    for event in events:
        first, *others = [numbers.setdefault(one, len(numbers)) for one in event] or [-1]
        pairs.extend((first, other) for other in others)
    ends = np.array(pairs).T
    graph = coo_matrix((np.ones(len(pairs)), (ends[0], ends[1])), shape=(len(numbers),) * 2)
    _, groups = connected_components(graph, directed=False)
    return [
        int(groups[numbers[event[0]]]) if event else f"alone {at}"
        for at, event in enumerate(events)
    ]


def is_filler(identifier: Identifier) -> bool:
    kind, value = identifier
    return {
        "user_id": value in {"null", "0", "guest"},
        "email": value.split("@")[0] in {"test", "noreply", "n/a"},
        "phone": len(value) < 10 or len(set(value)) == 1,
        "advertising_id": set(value) == {"0", "-"},
    }.get(kind, False)


def learned_shared(events: Carried) -> set[Identifier]:
    """Values seen with more owners than one person's value can have."""
    seen: dict[Identifier, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for event in events:
        for one in event:
            for kind, value in event:
                seen[one][kind].add(value)
    return {one for one, owners in seen.items() if is_shared(one[0], owners)}


def is_shared(kind: str, owners: dict[str, set[str]]) -> bool:
    users, cards, emails = (len(owners[k]) for k in ("user_id", "loyalty_id", "email"))
    if kind in {"anonymous_id", "advertising_id"}:
        return users > 1 or cards > 1 or emails > 3
    return kind in {"email", "phone"} and (users > 2 or cards > 2)


def scored(people: Sequence[str], groups: Sequence[Hashable]) -> Score:
    """Precision and recall over pairs of events, and the most people in one group."""
    both = pairs_in(Counter(zip(people, groups, strict=True)))
    members: dict[Hashable, set[str]] = defaultdict(set)
    for person, group in zip(people, groups, strict=True):
        members[group].add(person)
    return Score(
        precision=both / pairs_in(Counter(groups)),
        recall=both / pairs_in(Counter(people)),
        worst=max(map(len, members.values())),
    )


def pairs_in(sizes: Counter[Any]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())
