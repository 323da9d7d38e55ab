"""Proposes a source's entry for conf/sources.yaml from a sample, with the reason of each guess.

The entry contains names of columns, never values.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from cdp_spark.sources import Layout
from cdp_spark.sources.inference.sniffing import Sniffed

_MOST = 0.8  # share of filled values that must have a shape: samples are dirty too
Values = dict[str, list[str]]

# Format → its layout, and whether a record has the fields typical of it.
_SIGNATURES: dict[str, tuple[Layout, Callable[[dict[str, Any]], bool]]] = {
    "cloudevents": ("lines", lambda row: {"specversion", "source", "type", "id"} <= set(row)),
    "cloudevents_batch": ("json", lambda row: {"specversion", "source", "type"} <= set(row)),
    "segment": ("lines", lambda row: {"messageId", "type"} <= set(row)),
    "ga4": ("lines", lambda row: {"event_name", "event_timestamp"} <= set(row)),
    "ga4_parquet": ("parquet", lambda row: {"event_name", "event_timestamp"} <= set(row)),
    "stripe": (
        "lines",
        lambda row: row.get("object") == "event" and {"type", "data"} <= set(row),
    ),
    "shopify_orders": ("lines", lambda row: {"order_number", "line_items"} <= set(row)),
    "shopify_customers": ("lines", lambda row: {"admin_graphql_api_id", "email"} <= set(row)),
    "unomi": (
        "lines",
        lambda row: "eventType" in row and bool({"itemType", "profileId", "sessionId"} & set(row)),
    ),
}
_SNOWPLOW_COLUMNS = 131
_TABLES = {"lines": "json", "json": "json_document"}

_SHAPES = {
    "e-mail": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+$"),
    "instant": re.compile(r"\d{4}-\d\d?-\d\d?([T ]\d\d?:\d\d.*)?$"),
    "number": re.compile(r"[+-]?\d+([.]\d+)?([eE][+-]?\d+)?$"),
    "phone": re.compile(r"(\+|00|0)[\d ()./-]{8,}$"),
    "flag": re.compile(r"(true|false)$", re.IGNORECASE),
}
# Kind of identifier → pattern of its column name, and a shape that is enough without the name.
_KINDS = {
    "email": (r"e?.?mail|e.?posta", "e-mail"),
    "phone": (r"phone|mobile|msisdn|gsm|caller|telefon", "phone"),
    "loyalty_id": (r"loyalty|card.?(no|num|id)?$|kart", ""),
    "advertising_id": (r"advertising|idfa|gaid|\bifa\b", ""),
    "anonymous_id": (r"anonymous|cookie|visitor|pseudo", ""),
    "device_id": (r"device.?(id|no)?$|serial", ""),
    "user_id": (r"(user|customer|client|member|contact|musteri).?(id|no|number|key)?$", ""),
}
# Event field → pattern of its column name, and the shape its values must have.
_FIELDS = {
    "event_id": (r"(^|event|message|row|line|record|transaction)_?(id|uuid|guid|no|number)$", ""),
    "received_at": (r"received|ingested|loaded", "instant"),
    "birth_on": (r"birth|born|^dob$|dogum", "instant"),
    "event_at": (r"time|_at$|^at$|date|day|when|created|occurred|seen|tarih|zaman", "instant"),
    "order_id": (r"(order|basket|invoice|siparis).?(id|no|number)$", ""),
    "product_id": (r"sku|(product|item|article).?(id|no)$", ""),
    "product_name": (r"(product|item).?(name|label|title)$|^label$", ""),
    "quantity": (r"quantity|qty|adet", "number"),
    "price": (r"price|unit", "number"),
    "amount": (r"amount|total|revenue|cost|spend|paid|value|sum|tutar", "number"),
    "currency": (r"currency|para.?birimi", ""),
    "campaign": (r"campaign|kampanya", ""),
    "first_name": (r"first.?name|given.?name", ""),
    "last_name": (r"last.?name|surname|family.?name|soyad", ""),
    "city": (r"city|sehir", ""),
    "country": (r"country|ulke", ""),
}
_UNIQUE = ("event_id",)
_A_KEY = r"(^|_)(id|no|nr|num|number|ref|reference|key|code|uuid)$"
_ORDER = "Order Completed"


def proposed_entry(name: str, sample: Sniffed, formats: set[str]) -> str:
    """The entry as YAML with comments, for the list `sources.entries`.

    `formats` are the known ones. Columns are mapped by their name and the shape of their values.
    """
    form, why = _format(sample, formats)
    lines = [f"    - name: {name}", f"      format: {form}  # {why}"]
    lines += [f"      path: landing/{name}  # below the lake, or anywhere"]
    is_table = form == _TABLES.get(sample.layout, sample.layout)
    if is_table and form != "document":
        lines += _table(name, values_of(sample.rows))
    if is_table and sample.options:
        lines.append("      reading:")
        lines += [
            f"        {option}: {_yaml(value)}{_comment(sample.reasons.get(option, ''))}"
            for option, value in sample.options.items()
        ]
    return "\n".join(lines) + "\n"


def values_of(rows: tuple[dict[str, Any], ...]) -> Values:
    """Column → its non-empty values as text; nested columns by dotted path, without lists."""
    found: Values = {}
    for row in rows:
        for path, value in _leaves(row, ""):
            found.setdefault(path, [])
            if value not in (None, ""):
                found[path].append(str(value))
    return found


def _leaves(value: dict[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for name, one in value.items():
        path = f"{above}{name}"
        if isinstance(one, dict):
            yield from _leaves(one, f"{path}.")
        elif not isinstance(one, list):
            yield path, one


def _format(sample: Sniffed, formats: set[str]) -> tuple[str, str]:
    """Name of the format, and the reason."""
    table = _TABLES.get(sample.layout, sample.layout)
    if table == "document":
        return table, sample.why
    reason = f"a table: {sample.why}"
    for form, why in _public_formats(sample):
        if form in formats:
            return form, why
        reason += f"; {why}, but there is no format {form}"
    return table, reason


def _public_formats(sample: Sniffed) -> Iterator[tuple[str, str]]:
    for form, (layout, has_fields) in _SIGNATURES.items():
        if layout == sample.layout and _is_most([has_fields(row) for row in sample.rows]):
            yield form, f"its records have the fields of {form}"
    if len(sample.options.get("names", ())) == _SNOWPLOW_COLUMNS:
        yield "snowplow", f"its lines have the {_SNOWPLOW_COLUMNS} columns of snowplow"


def _table(name: str, values: Values) -> list[str]:
    identifiers = dict(_identifiers(values))
    fields = dict(_fields(values))
    if "event_id" not in fields and (column := _key_of_rows(values, fields)):
        fields = {"event_id": (column, "each row has another value")} | fields
    lines = [_event(name, fields)]
    if identifiers:
        lines.append("      identifiers:")
        lines += [
            f"        {kind}: {_yaml(at)}  # {why}" for kind, (at, why) in identifiers.items()
        ]
    else:
        lines.append("      identifiers: {}  # no column seems to identify a person")
    lines.append("      columns:" if fields else "      columns: {}")
    lines += [f"        {kind}: {_yaml(at)}  # {why}" for kind, (at, why) in fields.items()]
    if "event_id" not in fields:
        lines.append("        # event_id: no column is unique; rows without it are rejected")
    if "event_at" not in fields:
        lines.append("        # event_at: no column has timestamps; the time of delivery is used")
    used = {at for at, _ in (*identifiers.values(), *fields.values())}
    rest = [f"{_yaml(one)} ({_shape(values[one])})" for one in values if one not in used]
    if rest:
        lines.append(f"        # kept only as properties: {', '.join(rest)}")
    return lines


def _event(name: str, fields: dict[str, tuple[str, str]]) -> str:
    """The line with the name of the event that a row becomes."""
    if {"order_id", "amount"} <= set(fields):
        return f"      event: {_ORDER}  # rows have an order and an amount; see conf/gold.yaml"
    return f"      event: {name.replace('_', ' ').title()}  # name of the event a row becomes"


def _key_of_rows(values: Values, fields: dict[str, tuple[str, str]]) -> str | None:
    """The column that identifies a row: the order's if unique, else the first unique id or number.

    It is filled in every row. Times, amounts and contacts are no keys, even where they are unique.
    """
    count = max(map(len, values.values()), default=0)
    unique = [column for column, filled in values.items() if len(set(filled)) == count]
    order = fields.get("order_id", ("", ""))[0]
    named = [column for column in unique if column == order or _is_named(column, _A_KEY)]
    return next((column for column in [order, *named] if column in named), None)


def _identifiers(values: Values) -> Iterator[tuple[str, tuple[str, str]]]:
    taken: set[str] = set()
    for kind, (pattern, shape) in _KINDS.items():
        for column, filled in values.items():
            is_named = _is_named(column, pattern)
            is_shaped = bool(shape) and _has_shape(filled, shape)
            if column not in taken and filled and (is_shaped or (is_named and not shape)):
                taken.add(column)
                yield kind, (column, _reason(shape if is_shaped else "", is_named=is_named))
                break


def _fields(values: Values) -> Iterator[tuple[str, tuple[str, str]]]:
    taken: set[str] = set()
    for kind, (pattern, shape) in _FIELDS.items():
        for column, filled in values.items():
            fits = bool(filled) and (not shape or _has_shape(filled, shape))
            is_one = kind not in _UNIQUE or len(set(filled)) == len(filled)
            if column not in taken and fits and is_one and _is_named(column, pattern):
                taken.add(column)
                why = _reason(shape, is_named=True)
                yield kind, (column, f"{why}, each value once" if kind in _UNIQUE else why)
                break


def _is_named(column: str, pattern: str) -> bool:
    # customerId and device.id are matched as customer_id and device_id.
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower()
    plain = re.sub(r"[^a-z0-9]+", "_", plain)
    return re.search(pattern, plain) is not None


def _has_shape(values: list[str], shape: str) -> bool:
    return _is_most([_SHAPES[shape].match(value) is not None for value in values])


def _shape(values: list[str]) -> str:
    return next((shape for shape in _SHAPES if _has_shape(values, shape)), "text")


def _is_most(answers: list[bool]) -> bool:
    return bool(answers) and sum(answers) >= _MOST * len(answers)


def _reason(shape: str, *, is_named: bool) -> str:
    by_name = ["its name matches"] if is_named else []
    return " and ".join(by_name + ([f"its values look like {shape}s"] if shape else []))


def _comment(reason: str) -> str:
    return f"  # {reason}" if reason else ""


def _yaml(value: Any) -> str:
    """The value as YAML: JSON, but plain words without quotes."""
    is_plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z][\w.]*", value)
    is_word = is_plain and value.lower() not in {"null", "true", "false", "yes", "no", "on", "off",
                                                 "y", "n"}  # fmt: skip
    return str(value) if is_word else json.dumps(value, ensure_ascii=False)
