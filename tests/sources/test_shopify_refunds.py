import json
import tracemalloc
from typing import Any

import pytest

from cdp_spark.sources.shopify_refunds import REFUNDS, refund_count, with_refunds

_PAID = {"kind": "refund", "status": "success", "amount": "5.00"}
_REST = {"id": 2, "order_id": 1, "transactions": [_PAID], "refund_line_items": []}
_GRAPHQL = {"id": "gid://shopify/Refund/2", "totalRefundedSet": {"shopMoney": {"amount": "5.0"}}}
_ID = "gid://shopify/Order/1"


def _refunds(order: Any) -> list[Any]:
    raw = order if isinstance(order, bytes) else json.dumps(order).encode()
    first, *refunds = with_refunds(raw)
    assert first == raw
    assert refund_count(raw) == 1 + len(refunds)
    return refunds


@pytest.mark.parametrize("refunds", [[], None, "x", 5, {}, {"edges": []}, {"nodes": None}])
def test_an_order_without_refunds_is_one_record(refunds: Any) -> None:
    assert _refunds({"id": 1, "refunds": refunds}) == []


def test_refunds_of_the_rest_api_are_records_as_the_webhook_sends_them() -> None:
    order = {"id": 1, "test": False, "refunds": [_REST, _REST | {"id": 3}, None]}
    assert [json.loads(one) for one in _refunds(order)] == [_REST, _REST | {"id": 3}]
    assert REFUNDS.may_apply(json.dumps(order).encode())
    assert not REFUNDS.may_apply(json.dumps(_REST).encode())


@pytest.mark.parametrize(
    "refunds",
    [[_GRAPHQL], {"nodes": [_GRAPHQL]}, {"edges": [{"node": _GRAPHQL, "cursor": "x"}]}],
)
def test_refunds_of_the_graphql_api_get_the_id_of_their_order(refunds: Any) -> None:
    (found,) = _refunds({"id": _ID, "refunds": refunds})
    assert json.loads(found) == _GRAPHQL | {"order_id": _ID}


def test_a_refund_of_a_test_order_is_marked() -> None:
    (found,) = _refunds({"id": 1, "test": True, "refunds": [_REST]})
    assert json.loads(found) == _REST | {"test": True}


@pytest.mark.parametrize("own", [True, False, None, "no"])
def test_a_refund_of_a_test_order_has_the_mark_once(own: Any) -> None:
    """Twice, it would be rejected as duplicate_key and not as test_record."""
    refund = {"id": 2, "test": own, "order_id": 1, "transactions": [_PAID]}
    for order in ({"id": 1, "test": True}, {"id": 1}):
        (found,) = _refunds(order | {"refunds": [refund | {"refund_line_items": []}]})
        pairs = json.loads(found, object_pairs_hook=list)
        expected = True if "test" in order else own
        assert [value for name, value in pairs if name == "test"] == [expected]


def test_a_refund_is_never_taken_for_an_order() -> None:
    bare = {"id": 2, "transactions": []}
    (found,) = _refunds({"id": 1, "refunds": [bare]})
    assert json.loads(found) == bare | {"order_id": 1, "refund_line_items": []}


@pytest.mark.parametrize(
    ("amounts", "is_record"),
    [
        ({}, False),
        ({"transactions": None}, False),
        ({"transactions": None, "totalRefundedSet": None}, False),
        ({"transactions": [{"id": "gid://shopify/OrderTransaction/1"}]}, False),
        ({"transactions": {"pageInfo": {"hasNextPage": False}}}, False),
        ({"note": '"transactions":[] "kind"'}, False),
        ({"transactions": []}, True),
        ({"transactions": {"nodes": [_PAID]}}, True),
        ({"transactions": {"edges": [{"node": _PAID}]}}, True),
        ({"transactions": {"nodes": [], "pageInfo": {}}}, True),
        ({"transactions": None} | _GRAPHQL, True),
    ],
)
def test_a_refund_without_amounts_stays_in_its_order(amounts: Any, is_record: bool) -> None:  # noqa: FBT001
    """It would be a refund of zero, and might win over the whole one."""
    refund = {"id": 2, "order_id": 1, "created_at": "x"} | amounts
    assert len(_refunds({"id": 1, "refunds": [refund]})) == is_record


def test_many_refunds_need_little_memory_however_long_the_id_of_their_order() -> None:
    refund = '{"transactions":[],"refund_line_items":[]}'
    order = f'{{"id":"{"9" * 50_000}","refunds":[{",".join([refund] * 2_000)}]}}'.encode()
    tracemalloc.start()
    try:
        sizes = [len(one) for one in with_refunds(order)]
        count = refund_count(order)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sizes == [len(order), *[len(refund)] * 2_000]
    assert count == len(sizes)
    assert peak < 4 * len(order)


def test_malformed_refunds_cost_no_other() -> None:
    whole = json.dumps(_REST)
    broken = '{"transactions":[],"id":2,"id":3}'
    for listed in (f"[7,{broken},{whole}]", f'{{"nodes":[7,{broken},{whole}]}}'):
        found = _refunds(f'{{"id":1,"refunds":{listed}}}'.encode())
        assert found[:2] == [b"7", broken.encode()]
        assert json.loads(found[2]) == _REST
    edges = f'{{"edges":[{{bad}},{{"node":{whole}}}]}}'
    assert len(_refunds(f'{{"id":1,"refunds":{edges}}}'.encode())) == 1
    assert _refunds(b'{"id":1,"refunds":[{"transactions":[]}') == []
