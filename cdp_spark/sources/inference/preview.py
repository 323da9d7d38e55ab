"""The first rows of a sample as they would come out, without a personal value."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_SHOWN = 5
# Letters of Spark's patterns → those of Python; optional parts are tried with and without.
_LETTERS = (
    ("yyyy", "%Y"), ("yy", "%y"), ("ss", "%S"), ("mm", "%M"), ("M", "%m"), ("d", "%d"),
    ("H", "%H"), ("h", "%I"), ("a", "%p"),
)  # fmt: skip


def previewed_rows(
    rows: tuple[dict[str, Any], ...], entry: Mapping[str, Any]
) -> list[tuple[str, ...]]:
    """Event id, time, event, amount and identifiers of the first rows, by a proposed entry.

    Identifiers, and ids that are not derived, show their first letter only.
    """
    return [_row(row, entry) for row in rows[:_SHOWN]]


def _row(row: dict[str, Any], entry: Mapping[str, Any]) -> tuple[str, ...]:
    columns, reading = entry.get("columns") or {}, entry.get("reading") or {}
    identifiers = [
        f"{kind} {_masked(value)}"
        for kind, column in (entry.get("identifiers") or {}).items()
        if (value := _cell(row, column))
    ]
    amount = _amount(_cell(row, columns.get("amount", "")), str(reading.get("decimal", "")))
    usual = entry.get("currency", "") if amount else ""
    currency = _cell(row, columns.get("currency", "")) or usual
    return (
        "derived" if "event_id" not in columns else _masked(_cell(row, columns["event_id"])),
        _moment(_cell(row, columns.get("event_at", "")), reading, is_given="event_at" in columns),
        _cell(row, columns.get("event", "")) or str(entry.get("event", "")),
        f"{amount} {currency}".strip(),
        ", ".join(identifiers) or "nobody",
    )


def _cell(row: Mapping[str, Any], column: str) -> str:
    """The value of a column, or of a path; empty without one."""
    value: Any = row.get(column)
    if value is None and "." in column:
        value = row
        for part in column.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _masked(text: str) -> str:
    return f"{text[:1]}•••" if text else "missing"


def _amount(text: str, decimal: str) -> str:
    other = "." if decimal == "," else ","
    plain = re.sub(r"[^0-9.,\-]", "", text).replace(other, "").replace(",", ".")
    plain = re.sub(r"^(-?)\.", r"\g<1>0.", plain)
    return plain if re.fullmatch(r"-?\d+(\.\d+)?", plain) else ("unreadable" if text else "")


def _moment(text: str, reading: Mapping[str, Any], *, is_given: bool) -> str:
    if not is_given:
        return "at delivery"
    zone = str(reading.get("zone", "UTC"))
    for pattern in reading.get("times", ()):
        for part in (pattern.replace("[", "").replace("]", ""), *_shorter(pattern)):
            if moment := _parsed(text, part):
                return f"{moment:%Y-%m-%d %H:%M} {zone}"
    return text[:19].replace("T", " ") if re.match(r"\d{4}-\d\d-\d\d|\d{9,}$", text) else "missing"


def _shorter(pattern: str) -> list[str]:
    """The pattern without its innermost optional part, then without any."""
    inner = re.sub(r"\[[^\[\]]*\]", "", pattern)
    return [inner.replace("[", "").replace("]", ""), pattern.split("[", maxsplit=1)[0]]


def _parsed(text: str, pattern: str) -> datetime | None:
    python = pattern
    for place, (letters, _) in enumerate(_LETTERS):
        python = python.replace(letters, chr(place + 1))
    for place, (_, letters) in enumerate(_LETTERS):
        python = python.replace(chr(place + 1), letters)
    try:
        return datetime.strptime(text, python)  # noqa: DTZ007 - its zone is that of the source
    except ValueError:
        return None
