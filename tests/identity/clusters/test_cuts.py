from itertools import permutations
from typing import Any

import pyarrow as pa

from cdp_spark.identity.clusters.cuts import violating_edges
from tests.identity.clusters.test_limits import Ends, Known

_LABEL = pa.struct(
    {"constraint": pa.string(), "dimension": pa.string(), "value": pa.string(), "most": pa.int64()}
)
_SCHEMA = pa.schema(
    {
        "left_key": pa.string(),
        "right_key": pa.string(),
        "is_decided": pa.bool_(),
        "is_stated": pa.bool_(),
        "confidence": pa.float64(),
        "event_count": pa.int64(),
        "left_labels": pa.list_(_LABEL),
        "right_labels": pa.list_(_LABEL),
    }
)


def violating(
    known: Known, order: tuple[Ends, ...], stated: frozenset[Ends] = frozenset()
) -> set[Ends]:
    rows: list[dict[str, Any]] = [
        {
            "left_key": left,
            "right_key": right,
            "is_decided": False,
            "is_stated": (left, right) in stated,
            "confidence": known[left, right],
            "event_count": 1,
        }
        for left, right in order
    ]
    for row in rows:
        for end in ("left", "right"):
            row[f"{end}_labels"] = _labels(row[f"{end}_key"])
    found = violating_edges(pa.Table.from_pylist(rows, schema=_SCHEMA))
    return {(row["left_key"], row["right_key"]) for row in found.to_pylist()}


def _labels(key: str) -> list[dict[str, Any]]:
    if key[0] != "u":
        return []
    return [{"constraint": "unique", "dimension": "kind user_id", "value": key, "most": 1}]


def test_the_weakest_evidence_between_two_users_is_cut_in_whatever_order_it_comes() -> None:
    known = {("e1", "u1"): 0.9, ("e1", "u2"): 0.8, ("a1", "e1"): 0.7, ("a1", "u2"): 0.6}
    for order in permutations(known):
        assert violating(known, order) == {("e1", "u2"), ("a1", "u2")}


def test_ids_that_an_alias_call_names_count_as_one() -> None:
    known = {("u1", "u2"): 0.9, ("u2", "u3"): 0.9, ("e1", "u3"): 0.8, ("e1", "u4"): 0.8}
    stated = frozenset({("u1", "u2"), ("u2", "u3")})
    for order in permutations(known):
        assert violating(known, order, stated) == {("e1", "u4")}
    assert violating(known, tuple(known), frozenset({("u1", "u2")})) == {
        ("u2", "u3"), ("e1", "u4"),
    }  # fmt: skip


def test_evidence_within_a_limit_is_not_cut() -> None:
    known = {("e1", "u1"): 0.9, ("a1", "e1"): 0.8, ("a1", "u1"): 0.7}
    assert violating(known, tuple(known)) == set()
