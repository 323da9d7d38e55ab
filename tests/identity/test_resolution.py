"""Repeated full rebuilds: all scenes share one history and differ in their numbers.

Scene 1 is two people joined by an event and split as `unmerge` does, with events and a second
merge in between; the others are decisions of stewards.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from cdp_spark.identity import IdentityInputs, IdentitySettings, Resolution, RunStamp, resolution_of
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.identity import DECISION, LINK
from tests.identity.evidence.test_edges import RULES, seen
from tests.identity.stewardship.test_decisions import decided

SETTINGS = IdentitySettings(identifiers=tuple(
    rule.model_copy(update={"unique": rule.name == "user_id", "seen_with": {}}) for rule in RULES
))  # fmt: skip
START = datetime(2025, 6, 1, tzinfo=UTC)
FIRST = (
    "u1 a1", "u1 a1", "e2 a2", "e2 a2", "e3 a3", "a4",
    "u10 e10", "e11 a11",
    "u20 e20", "u21 e21", "u22 e22",
    "u30 e30", "e30 a30", "e30 a31",
    "u40 e40", "u40 e40", "u40 a40", "e41 a40", "e41 a40", "e41 a41",
    "u50 e50", "e51 a51",
    "u60 e60", "e61 a61",
)  # fmt: skip
JOINING = ("u1 e2",)
BETWEEN = ("e2 a5", "e2 a6", "u1 e7", "u1 a8", "u1 a9", "u1 e8", "e2 e3")
DECIDED = ("always u10 e11", "alias u20 u21", "alias u21 u22", "bypass e30", "never u40 | e41",
           "always u50 e51", "never e50 | a51", "always u60 e61")  # fmt: skip

Customers = dict[str, str]


class Kept:
    """Materializes rows by local checkpoints."""

    def materialize(self, _: str, rows: DataFrame) -> DataFrame:
        return rows.localCheckpoint()

    def require_empty(self, violations: DataFrame, invariant: str) -> None:
        assert violations.isEmpty(), invariant


@dataclass
class History:
    """Customers, changes and edges of each run so far, and all links."""

    spark: SparkSession
    links: DataFrame
    people: list[Customers] = field(default_factory=list)
    changes: list[set[tuple[str, str | None, str | None]]] = field(default_factory=list)
    edges: list[DataFrame] = field(default_factory=list)

    def resolved(self, events: Iterable[str], decisions: DataFrame) -> Customers:
        number = len(self.people)
        stamp = RunStamp(START + timedelta(hours=number), f"run-{number}")
        inputs = IdentityInputs(seen(self.spark, *events), self.links, decisions)
        found: Resolution = resolution_of(inputs, SETTINGS, stamp, Kept())
        older = self.links.join(found.links, on=list(LINK.key), how="left_anti")
        self.links = older.unionByName(found.links).localCheckpoint()
        self.changes.append(
            {(row.change, row.from_customer_id, row.to_customer_id)
             for row in found.lineage.collect()}
        )  # fmt: skip
        self.edges.append(found.edges)
        self.people.append(customers(self.links))
        return self.people[-1]


def customers(links: DataFrame) -> Customers:
    return {row.identifier_key: row.customer_id for row in current_links(links).collect()}


def members(text: str) -> set[str]:
    return set(text.split())


def company(found: Customers, key: str) -> set[str]:
    """Identifiers of the same customer, itself included."""
    return {other for other, customer in found.items() if customer == found[key]}


@pytest.fixture(scope="module")
def history(spark: SparkSession) -> History:
    """Runs: 0 first, 1 joined, 2 more and a second merge, 3 decided, 4 withdrawn, 5 decided."""
    runs = History(spark, spark.createDataFrame([], LINK.schema))
    nothing = decided(spark)
    runs.resolved(FIRST, nothing)
    first = runs.people[0]
    runs.resolved(FIRST + JOINING, nothing)
    gone = ({first["u1"], first["e2"]} - set(runs.people[1].values())).pop()
    runs.resolved(FIRST + JOINING + BETWEEN, nothing)
    mine, theirs = ("u1 a1", "e2 a2") if gone == first["u1"] else ("e2 a2", "u1 a1")
    rows = decided(spark, *DECIDED, f"never {mine} | {theirs}")
    unmerge = f"decision-{len(DECIDED)}"
    decisions = spark.createDataFrame(
        [
            tuple((row.asDict() | _given_back(row, unmerge, gone)).values())
            for row in rows.collect()
        ],
        DECISION.schema,
    ).localCheckpoint()
    runs.resolved(FIRST + JOINING + BETWEEN, decisions)
    runs.resolved(FIRST + JOINING + BETWEEN, nothing)
    runs.resolved(FIRST + JOINING + BETWEEN, decisions)
    return runs


def _given_back(row: Row, unmerge: str, gone: str) -> dict[str, str]:
    is_first = row["decision_id"] == unmerge and row["side"] == 0
    return {"customer_id": gone} if is_first else {}


def test_an_undone_merge_gives_both_customers_their_identifiers_and_ids_back(
    history: History,
) -> None:
    first, joined, more, split = history.people[:4]
    assert joined["u1"] == joined["e2"]
    assert company(more, "u1") == members("u1 a1 e2 a2 a5 a6 e7 a8 a9 e8 e3 a3")
    assert company(split, "u1") == members("u1 a1 e7 a8 a9 e8")
    assert company(split, "e2") == members("e2 a2 a5 a6 e3 a3")
    assert split["u1"] == first["u1"]
    assert split["e2"] == first["e2"]


def test_each_merge_and_split_of_two_customers_is_in_the_lineage(history: History) -> None:
    def changed(run: int, name: str) -> set[str]:
        ids = set(history.people[0].values())
        scene = {history.people[0][key] for key in ("u1", "e2", "e3")}
        return {
            change for change, gone, taker in history.changes[run]
            if change == name and {gone, taker} & scene & ids
        }  # fmt: skip

    assert changed(1, "merged")
    assert changed(2, "merged")
    assert changed(3, "split")
    assert changed(4, "merged")
    assert changed(5, "split")
    assert history.people[5] == history.people[3]


def test_a_steward_joins_what_no_event_shows_together(history: History) -> None:
    assert company(history.people[2], "u10") == {"u10", "e10"}
    assert company(history.people[3], "u10") == {"u10", "e10", "e11", "a11"}
    assert company(history.people[4], "u10") == {"u10", "e10"}


def test_aliases_of_user_ids_chain(history: History) -> None:
    assert company(history.people[2], "u20") == {"u20", "e20"}
    assert company(history.people[3], "u20") == members("u20 e20 u21 e21 u22 e22")


def test_a_bypassed_identifier_joins_no_customer(history: History) -> None:
    assert company(history.people[2], "u30") == members("u30 e30 a30 a31")
    found = history.people[3]
    assert "e30" not in found
    assert all(company(found, key) == {key} for key in ("u30", "a30", "a31"))


def test_a_never_separates_two_and_cuts_the_weakest_evidence_between_them(
    history: History,
) -> None:
    assert len(company(history.people[2], "u40")) == 5
    assert company(history.people[3], "u40") == {"u40", "e40"}
    assert company(history.people[3], "e41") == {"e41", "a40", "a41"}
    assert history.people[4]["u40"] == history.people[2]["u40"]


def test_never_overrides_always_and_the_cut_edge_has_the_reason(history: History) -> None:
    found = history.people[3]
    assert found["e50"] != found["a51"]
    lost = history.edges[3].where("state = 'cut' and left_key in ('e50', 'e51', 'a51')").collect()
    assert {row.reason for row in lost} == {"a steward decided that they are two people"}
    assert company(found, "u60") == {"u60", "e60", "e61", "a61"}


def test_decisions_survive_a_rebuild_and_rows_in_another_order_give_the_same_ids(
    spark: SparkSession, history: History
) -> None:
    events = list(FIRST + JOINING + BETWEEN)
    decisions = decided(spark, *DECIDED)
    nothing = spark.createDataFrame([], LINK.schema)
    found = []
    for seed in (1, 2):
        rows = seen(spark, *events).repartition(3, "identifier_key")
        shuffled = [*rows.collect()]
        Random(seed).shuffle(shuffled)  # noqa: S311 - an order, not a secret
        sightings = spark.createDataFrame(shuffled, rows.schema)
        inputs = IdentityInputs(sightings, nothing, decisions)
        links = resolution_of(inputs, SETTINGS, RunStamp(START, "again"), Kept()).links
        found.append(customers(links))
    assert found[0] == found[1]
    for key in ("u10", "u20", "u30", "u40", "e41"):
        assert company(found[0], key) == company(history.people[3], key)


def test_only_affected_identifiers_change_their_ids(history: History) -> None:
    affected = {"u1", "a1", "e2", "a2", "e3", "a3"}
    first, joined, more = history.people[:3]
    for later in (joined, more):
        assert {key: later[key] for key in first if key not in affected} == {
            key: customer for key, customer in first.items() if key not in affected
        }
