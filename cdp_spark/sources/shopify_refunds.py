"""Refunds inside Shopify's orders: each becomes a record beside its order.

The order stays as it was sent. A refund has the shape of the webhook refunds/create: if a refund
lacks `order_id` (GraphQL), that of the order is added, and the mark of a test order is added to its
refunds. So a refund has the same event id however it comes. A refund without `transactions` and
`totalRefundedSet` has no amount that could be read: it stays inside its order, because a refund of
zero could be taken in place of the whole one.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

from cdp_spark.sources.spans import Spans, Unbalanced, elements, fields_of
from cdp_spark.sources.splits import Split

# The field is there in each order of the REST API, and nearly always empty.
_FILLED = re.compile(rb'"refunds"\s*:\s*(\[\s*[^\]\s]|\{)')
_AMOUNTS = ('"transactions"', '"totalRefundedSet"')
_IS_REFUND = ('"refund_line_items"', '"refundLineItems"', '"gid://shopify/Refund/')


def with_refunds(raw: bytes) -> Iterator[bytes]:
    """The order, and then each of its refunds."""
    yield raw
    for refund in _refunds(raw):
        yield refund.encode("utf-8", "surrogateescape")


def refund_count(raw: bytes) -> int:
    """The number of records that `with_refunds` yields."""
    return 1 + len(_refunds(raw))


def _refunds(raw: bytes) -> list[str]:
    if not _FILLED.search(raw):
        return []
    text = raw.decode("utf-8", "surrogateescape")
    with suppress(Unbalanced):
        fields = fields_of(text)
        listed = _listed(text, *fields["refunds"]) if "refunds" in fields else []
        return [_with_order(one, text, fields) for one in listed if _has_amount(one)]
    return []


def _has_amount(refund: str) -> bool:
    is_object = refund.startswith("{")
    return any(name in refund for name in _AMOUNTS) if is_object else refund != "null"


def _listed(text: str, start: int, end: int) -> list[str]:
    """The refunds in a list, or in a connection of GraphQL, which has `nodes` or `edges`."""
    if text[start] == "[":
        return [text[begin:stop] for begin, stop in elements(text, start)]
    if text[start] != "{":
        return []
    found = text[start:end]
    fields = {name: found[slice(*span)] for name, span in fields_of(found).items()}
    if fields.get("nodes", "").startswith("["):
        return _listed(fields["nodes"], 0, len(fields["nodes"]))
    edges = fields.get("edges", "")
    listed = _listed(edges, 0, len(edges)) if edges.startswith("[") else []
    return [_node(edge) for edge in listed]


def _node(edge: str) -> str:
    with suppress(Unbalanced):
        return edge[slice(*fields_of(edge).get("node", (0, len(edge))))]
    return edge


def _with_order(refund: str, text: str, order: Spans) -> str:
    """The refund with what only its order has; as it is, if it is malformed."""
    try:
        own = fields_of(refund)
    except Unbalanced:
        return refund
    added = ""
    if "id" in order and not {"order_id", "order"} & set(own):
        added += f',"order_id":{text[slice(*order["id"])]}'
    if text[slice(*order.get("test", (0, 0)))] == "true":
        added += ',"test":true'
    if not any(mark in refund for mark in _IS_REFUND):
        added += ',"refund_line_items":[]'  # else it would be an order with the id of the refund
    before = refund[:-1].rstrip()
    return f"{before}{added[1:] if before == '{' else added}}}"


REFUNDS = Split((b'"refunds"',), with_refunds, refund_count)
