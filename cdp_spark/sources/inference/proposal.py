"""Proposes a source's entry for conf/sources.yaml from a sample, with the reason of each guess.

The entry contains names of columns, never values.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdp_spark.sources import Layout
from cdp_spark.sources.inference.mapping import mapping_of
from cdp_spark.sources.inference.preview import previewed_rows
from cdp_spark.sources.inference.questions import NOBODY, Chosen, Given, Mapping, Values
from cdp_spark.sources.inference.sniffing import Sniffed
from cdp_spark.values.currency import SIGNS, currency_codes

_MOST = 0.8  # share of records that must have the fields of a format


def _is_batch(row: dict[str, Any]) -> bool:
    """Whether a record is the body of a batch of Segment's HTTP API."""
    events = row.get("batch")
    if not isinstance(events, list) or "type" in row:
        return False
    return any(isinstance(one, dict) and "type" in one for one in events)


# Format → its layout, and whether a record has the fields typical of it.
_SIGNATURES: dict[str, tuple[Layout, Callable[[dict[str, Any]], bool]]] = {
    "cloudevents": ("lines", lambda row: {"specversion", "source", "type", "id"} <= set(row)),
    "cloudevents_batch": ("json", lambda row: {"specversion", "source", "type"} <= set(row)),
    "segment": ("lines", lambda row: {"messageId", "type"} <= set(row) or _is_batch(row)),
    "segment_batch": ("json", lambda row: {"messageId", "type"} <= set(row) or _is_batch(row)),
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


@dataclass(frozen=True)
class Proposal:
    """An entry of `sources.entries` as YAML with comments, and the first rows it would make.

    `currency` is that of all amounts of the sample; empty if they have several, or none.
    """

    entry: str
    rows: Sequence[tuple[str, ...]] = ()
    currency: str = ""


def proposal_of(name: str, sample: Sniffed, formats: set[str], given: Given = NOBODY) -> Proposal:
    """The entry proposed for a sample, and its first rows, masked; none of a public format.

    `formats` are the known ones. Columns are mapped by their name and the shape of their values;
    what these leave open is asked or assumed, as `given`.
    """
    form, why = _format(sample, formats)
    lines = [f"    - name: {_yaml(name)}", f"      format: {form}  # {why}"]
    lines += [f"      path: landing/{name}  # below the lake, or anywhere"]
    if form != _TABLES.get(sample.layout, sample.layout):
        return Proposal(_text(lines))
    if form == "document":
        return Proposal(_text([*lines, *_reading(sample.options, sample.reasons)]))
    values = values_of(sample.rows)
    found = mapping_of(values, name, given)
    options = sample.options | {option: value for option, (value, _) in found.reading.items()}
    reasons = sample.reasons | {option: why for option, (_, why) in found.reading.items()}
    lines += [*_table(found), *_reading(options, reasons)]
    entry = {
        "event": found.event[0],
        "currency": found.currency[0] if found.currency else "",
        "columns": {kind: at for kind, (at, _) in found.columns.items()},
        "identifiers": {kind: at for kind, (at, _) in found.identifiers.items()},
        "reading": {option: value for option, (value, _) in found.reading.items()},
    }
    return Proposal(_text(lines), previewed_rows(sample.rows, entry), _currency(found, values))


def _text(lines: Sequence[str]) -> str:
    """The lines; a name with a line break or another control stays within its line."""
    shown = (
        "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in line)
        for line in lines
    )
    return "".join(f"{line}\n" for line in shown)


def _currency(found: Mapping, values: Values) -> str:
    """The currency of all amounts; empty if they have several, or none."""
    if "amount" not in found.columns:
        return ""
    if found.currency:
        return found.currency[0]
    given = {one.strip().upper() for one in values.get(found.columns.get("currency", ("",))[0], ())}
    codes = {SIGNS.get(one, one) for one in given}
    return codes.pop() if len(codes) == 1 and codes <= {*currency_codes()} else ""


def _reading(options: dict[str, Any], reasons: dict[str, str]) -> list[str]:
    if not options:
        return []
    return ["      reading:"] + [
        f"        {option}: {_yaml(value)}{_comment(reasons.get(option, ''))}"
        for option, value in options.items()
    ]


def _table(found: Mapping) -> list[str]:
    lines = [f"      event: {_yaml(found.event[0])}  # {found.event[1]}"]
    if found.country:
        lines.append(f"      country: {_yaml(found.country[0])}  # {found.country[1]}")
    if found.currency:
        lines.append(f"      currency: {_yaml(found.currency[0])}  # {found.currency[1]}")
    if "event_id" not in found.columns:
        lines.append("      event_id: derived  # no column has another value in each row")
    lines += _pairs("identifiers", found.identifiers, "no column seems to identify a person")
    lines += _pairs("columns", found.columns, "")
    if found.consent:
        lines += _pairs("consent", found.consent, "")
    lines += [f"      # UNSURE: {sentence}" for sentence in found.unsure]
    used = {at for at, _ in (*found.identifiers.values(), *found.columns.values())}
    if rest := [
        f"{_yaml(one)} ({shape})" for one, shape in found.shapes.items() if one not in used
    ]:
        lines.append(f"      # kept only as properties: {', '.join(rest)}")
    return lines


def _pairs(key: str, pairs: Chosen, none: str) -> list[str]:
    if not pairs:
        return [f"      {key}: {{}}{_comment(none)}"]
    return [f"      {key}:"] + [
        f"        {kind}: {_yaml(at)}  # {why}" for kind, (at, why) in pairs.items()
    ]


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


def _is_most(answers: list[bool]) -> bool:
    return bool(answers) and sum(answers) >= _MOST * len(answers)


def _comment(reason: str) -> str:
    return f"  # {reason}" if reason else ""


def _yaml(value: Any) -> str:
    """The value as YAML: JSON, but plain words without quotes."""
    is_plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z](\w|[ .](?=\w))*", value)
    is_word = is_plain and value.lower() not in {"null", "true", "false", "yes", "no", "on", "off",
                                                 "y", "n"}  # fmt: skip
    return str(value) if is_word else json.dumps(value, ensure_ascii=False)
