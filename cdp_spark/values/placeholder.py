"""Values that software or people write where there is none."""

import re
from functools import lru_cache
from urllib.parse import unquote

from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.text import bare, lower, stripped

_WORDS = frozenset(
    (
        "null", "none", "nil", "nan", "undefined", "undef", "void", "empty", "blank", "missing",
        "default", "invalid", "unset", "error", "#error", "#error!", "n/a", "n.a", "n.a.", "na",
        "n\\a", "#n/a", "#na", "#ref!", "#value!", "#name?", "#null!", "#num!", "#div/0!", "#calc!",
        "#spill!", "#ref", "#value", "#name?", "#num", "\\n", "\\\\n", "not_set", "notset",
        "not-set", "not_available", "notavailable", "not-available", "not_provided", "notprovided",
        "not_applicable", "notapplicable", "no_value", "novalue", "noname", "no_id", "noid",
        "unknown", "unknow", "unidentified", "unspecified", "anonymous", "anon", "guest", "nobody",
        "nothing", "dummy", "tbd", "tba", "xxx", "infinity", "-infinity", "+infinity", "inf",
        "-inf", "unbekannt", "keine", "bilinmiyor", "yok", "boş", "tanımsız", "inconnu", "aucun",
        "desconocido", "ninguno", "sconosciuto", "nessuno", "desconhecido", "nenhum",
        "necunoscut", "onbekend", "nieznany", "brak", "неизвестно", "нет", "无", "未知", "なし",
        "不明",
    )
)  # fmt: skip
_PHRASES = frozenset(
    (
        "not set", "not available", "not provided", "not applicable", "no value", "no data",
        "no name", "no id", "no email", "no e-mail", "no phone", "not known", "not given",
        "data not available", "غير معروف",
    )
)  # fmt: skip
# Words that are no value beside one of those, as in "unknown user", and names of the field itself.
_BESIDE = frozenset(("0", "user", "customer", "visitor", "client", "id", "value", "name"))
_FIELDS = frozenset(
    (
        "user_id", "userid", "user id", "customer_id", "customerid", "customer id", "anonymous_id",
        "anonymousid", "loyalty_id", "loyaltyid", "client_id", "clientid", "device_id", "deviceid",
        "email", "e-mail", "phone",
    )
)  # fmt: skip
_AROUND = " '\"`()[]{}<>.!"
_FILLING = re.compile(r"^[\s0\-._?*#/\\:,;+x]*$")
_LEAST_EQUAL, _LEAST_EQUAL_F = 8, 4
# Marks of the templates of web tools, tag managers, mailing tools and printf.
_TEMPLATE = re.compile(
    r"\$\{|\{\{|\}\}|<%|%>|\{%|%\}|\*\||\|\*|%%|#\{|\[\[|\]\]|@@|\$\(|\[object "
    r"|^%[sdif]$|^%\(\w+\)s$"
    r"|^\{\$?[a-z_.: -]*\}$|^<[a-z_.: -]*>$|^\$[a-z_]+$|^__[a-z_]+__$|^:[a-z_]+$|^\[[a-z_.: -]*\]$"
)
_PARTS = re.compile(r"[\s_\-:/|.,;+]+")


def without_nothing(text: Column) -> Column:
    """The text; null where it is a word for no value, or zeros only.

    A Column for values that are checked once per record, by words alone.
    """
    word = F.lower(stripped(text))
    return F.when(~word.isin(*sorted(_WORDS)) & ~word.rlike(r"^[0\-\s]*$|^-1$"), text)


def is_nothing(text: str) -> bool:
    """Whether a text means that there is no value: empty, null, n/a, 0, -1, zeros and so on."""
    return _kind(text) == "nothing"


def is_placeholder(text: str) -> bool:
    """Whether a text is no value: such a word, or a template that was never filled in."""
    return _kind(text) != ""


@lru_cache(maxsize=1 << 16)
def _kind(text: str) -> str:
    word = lower(bare(text)).strip("'\"` ")
    if _is_template(word):
        return "template"
    return "nothing" if _is_word(word) or _is_filling(word) else ""


def _is_template(word: str) -> bool:
    is_own = _TEMPLATE.search(word) is not None and word.strip(_AROUND) not in _WORDS
    return is_own or ("%" in word and _TEMPLATE.search(unquote(word)) is not None)


def _is_word(word: str) -> bool:
    inner = " ".join(word.strip(_AROUND).split())
    whole = (word, inner, inner.replace(" ", ""))
    if any(one in _WORDS or one in _PHRASES or one in _FIELDS for one in whole):
        return True
    parts = {part for part in _PARTS.split(inner) if part}
    return bool(parts & _WORDS) and parts <= _WORDS | _BESIDE


def _is_filling(word: str) -> bool:
    """Whether there are no signs but zeros, lines and dots, or one sign again and again."""
    if _FILLING.match(word) or word == "-1":
        return True
    plain = word.strip("{}()").replace("-", "")
    least = _LEAST_EQUAL_F if plain.startswith("f") else _LEAST_EQUAL
    return len(set(plain)) == 1 and len(plain) >= least
