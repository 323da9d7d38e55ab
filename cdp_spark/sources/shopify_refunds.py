"""Refunds inside Shopify's orders: each becomes a record beside its order.

The order stays as it was sent. A refund has the shape of the webhook refunds/create: if a refund
lacks `order_id` (GraphQL), that of the order is added, and the mark of a test order is set in its
refunds. So a refund has the same event id however it comes. A refund without `transactions`, with
their kind, and `totalRefundedSet` has no amount that could be read: it stays inside its order,
because a refund of zero could be taken in place of the whole one.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

from cdp_spark.sources.spans import Spans, Unbalanced, elements, fields_of
from cdp_spark.sources.splits import Split

# The field is there in each order of the REST API, and nearly always empty.
_FILLED = re.compile(rb'"refunds"\s*:\s*(\[\s*[^\]\s]|\{)')
_AMOUNTS = ('"transactions"', '"totalRefundedSet"')
_NO_TRANSACTION = re.compile(r'^\[\s*\]$|"(?:nodes|edges)"\s*:\s*\[\s*\]')
_LONGEST_ID = 100  # it is repeated for each refund; an id has some twenty digits
_IS_REFUND = ('"refund_line_items"', '"refundLineItems"', '"gid://shopify/Refund/')


def with_refunds(raw: bytes) -> Iterator[bytes]:
    """The order, and then each of its refunds."""
    yield raw
    text, order = _order(raw)
    id_ = text[slice(*order.get("id", (0, 0)))]
    is_test = text[slice(*order.get("test", (0, 0)))] == "true"
    for refund, own in _refunds(text, order):
        whole = _with_order(refund, own, id_, is_test=is_test) if own else refund
        yield whole.encode("utf-8", "surrogateescape")


def refund_count(raw: bytes) -> int:
    """The number of records that `with_refunds` yields."""
    return 1 + sum(1 for _ in _refunds(*_order(raw)))


def _order(raw: bytes) -> tuple[str, Spans]:
    """Text and fields of an order that may have refunds; none of another or a malformed one."""
    if _FILLED.search(raw):
        text = raw.decode("utf-8", "surrogateescape")
        with suppress(Unbalanced):
            return text, fields_of(text)
    return "", {}


def _refunds(text: str, order: Spans) -> Iterator[tuple[str, Spans]]:
    """Text and fields of each refund that has an amount; no fields of a malformed one."""
    listed = _listed(text, *order["refunds"]) if "refunds" in order else iter(())
    with suppress(Unbalanced):
        for refund in listed:
            own = _fields(refund)
            if _has_amount(refund, own):
                yield refund, own


def _fields(refund: str) -> Spans:
    with suppress(Unbalanced):
        return fields_of(refund)
    return {}


def _has_amount(refund: str, own: Spans) -> bool:
    if not refund.startswith("{"):
        return refund != "null"
    if not own:
        return any(name in refund for name in _AMOUNTS)
    transactions, total = (refund[slice(*own.get(name.strip('"'), (0, 0)))] for name in _AMOUNTS)
    has_kind = '"kind"' in transactions
    return has_kind or bool(_NO_TRANSACTION.search(transactions)) or '"amount"' in total


def _listed(text: str, start: int, end: int) -> Iterator[str]:
    """The refunds in a list, or in a connection of GraphQL, which has `nodes` or `edges`."""
    if text[start] == "[":
        for begin, stop in elements(text, start):
            yield text[begin:stop]
    elif text[start] == "{":
        found = text[start:end]
        fields = fields_of(found)
        for name in ("nodes", "edges"):
            if name in fields and found[fields[name][0]] == "[":
                listed = _listed(found, *fields[name])
                yield from listed if name == "nodes" else map(_node, listed)
                return


def _node(edge: str) -> str:
    with suppress(Unbalanced):
        return edge[slice(*fields_of(edge).get("node", (0, len(edge))))]
    return edge


def _with_order(refund: str, own: Spans, order_id: str, *, is_test: bool) -> str:
    """The refund with what only its order has."""
    added = ""
    if 0 < len(order_id) <= _LONGEST_ID and not {"order_id", "order"} & set(own):
        added += f',"order_id":{order_id}'
    if is_test and "test" in own:
        start, end = own["test"]
        refund = f"{refund[:start]}true{refund[end:]}"
    elif is_test:
        added += ',"test":true'
    if not any(mark in refund for mark in _IS_REFUND):
        added += ',"refund_line_items":[]'  # else it would be an order with the id of the refund
    before = refund[:-1].rstrip()
    return f"{before}{added[1:] if before == '{' else added}}}"


REFUNDS = Split((b'"refunds"',), with_refunds, refund_count)
