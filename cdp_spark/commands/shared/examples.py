"""Examples of rejected records: names of fields stay, values are masked."""

import json
import re
import unicodedata

from cdp_spark.values.field_name import looks_like_field_name

# A key of a JSON object: a text after { or a comma, and before a colon.
_KEY = re.compile(r'([{,]\s*)"((?:[^"\\]|\\.){1,200})"(?=\s*:)')

_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")


def masked(raw: bytes | None, names: frozenset[str] = frozenset()) -> str:
    """The bytes as text: letters are x, digits 9; names of fields in a JSON object stay.

    A key is the name of a field if it is one of the `names`, or looks like one; with blanks or
    dots only at the top level of a whole object. Other keys may be values, such as names of people.
    """
    if raw is None:
        return ""
    text, shown, end = bytes(raw).decode("utf-8", "replace"), [], 0
    names |= _columns(text)
    for key in _KEY.finditer(text):
        name = _unescaped(key[2])
        if name in names or looks_like_field_name(name):
            shown += [_without_values(text[end : key.end(1)]), json.dumps(name, ensure_ascii=False)]
            end = key.end()
    return "".join([*shown, _without_values(text[end:])])


def _columns(text: str) -> frozenset[str]:
    """The keys at the top level of a JSON object that look like names of columns."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return frozenset()
    keys = found if isinstance(found, dict) else ()
    return frozenset(one for one in keys if looks_like_field_name(one, is_column=True))


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _without_values(text: str) -> str:
    return "".join(map(_sign, _ESCAPED.sub("x", text)))


def _sign(sign: str) -> str:
    # Marks are parts of letters: vowels of Indic scripts are most of a name.
    kind = unicodedata.category(sign)[0]
    return {"L": "x", "M": "x", "N": "9"}.get(kind, sign)
