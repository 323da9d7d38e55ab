import json
from typing import Any

import pytest

from cdp_spark.sources.shopify_refunds import REFUNDS, refund_count, with_refunds

_REST = {"id": 2, "order_id": 1, "transactions": [{"amount": "5.00"}], "refund_line_items": []}
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


def test_a_refund_is_never_taken_for_an_order() -> None:
    bare = {"id": 2, "transactions": []}
    (found,) = _refunds({"id": 1, "refunds": [bare]})
    assert json.loads(found) == bare | {"order_id": 1, "refund_line_items": []}


def test_a_refund_without_amounts_stays_in_its_order() -> None:
    """It would be a refund of zero, and might win over the whole one."""
    assert _refunds({"id": 1, "refunds": [{"id": 2, "order_id": 1, "created_at": "x"}, {}]}) == []


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
