"""Names of columns in files, compared with those that the settings of a source name.

Blanks, invisible signs and case do not matter, nor do marks on letters: `Müşteri No`, `MUSTERI NO`
and `müşterino` are one name. A name that is spelt exactly as in the settings takes precedence.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

from cdp_spark.sources.reader import DOUBLED, MISSING, FileRejected
from cdp_spark.sources.reading import ReadingSettings, SourceReading

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u200e\u200f\u00ad"))
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})  # noqa: RUF001
_SHOWN, _LONGEST_SHOWN = 30, 60
_NEAR = 0.6


def folded(name: str) -> str:
    """The name as it is compared."""
    plain = unicodedata.normalize("NFKD", name.translate(_INVISIBLE)).casefold()
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return re.sub(r"\s+", "", letters.translate(_LETTERS))


def tidy_names(cells: Sequence[str]) -> list[str]:
    """The names in a header without blanks around them; one without a name gets its position.

    Raises:
        FileRejected: a name occurs twice.
    """
    names = [cell.translate(_INVISIBLE).strip() for cell in cells]
    named = [name or f"column_{place}" for place, name in enumerate(names, start=1)]
    if doubled := sorted({name for name in named if named.count(name) > 1}):
        raise FileRejected(DOUBLED, f"found twice: {shown_names(doubled)}")
    return named


def matched_names(names: Sequence[str], reading: ReadingSettings) -> list[str]:
    """The names, spelt as in the settings where they name the same column.

    Raises:
        FileRejected: a column that the settings name is missing, and must not be.
    """
    if not isinstance(reading, SourceReading):
        return list(names)
    if not reading.may_miss_columns and (message := missing_columns(names, reading)):
        raise FileRejected(MISSING, message)
    by_folded: dict[str, list[str]] = {}
    for name in names:
        by_folded.setdefault(folded(name), []).append(name)
    spelt = {}
    for wanted in reading.mapped:
        same = by_folded.get(folded(wanted), [])
        if wanted not in names and len(same) == 1:
            spelt[same[0]] = wanted
    return [spelt.get(name, name) for name in names]


def missing_columns(names: Sequence[str], reading: ReadingSettings) -> str:
    """A message about columns that the settings name and a file lacks; empty if it has all."""
    if not isinstance(reading, SourceReading):
        return ""
    known = {folded(name) for name in names}
    missing = [
        wanted
        for wanted in reading.mapped
        if folded(wanted) not in known and folded(wanted.split(".", maxsplit=1)[0]) not in known
    ]
    return "; ".join(_sentence(wanted, names) for wanted in missing) + (
        f"; columns found: {shown_names(names)}" if missing else ""
    )


def _sentence(wanted: str, names: Sequence[str]) -> str:
    near = near_names(wanted, names)
    return f"no column {wanted!r}" + (f", near: {shown_names(near)}" if near else "")


def near_names(wanted: str, names: Iterable[str]) -> list[str]:
    """Names that are written similarly, the most similar first."""
    by_plain = {_plain(name): name for name in names}
    found = difflib.get_close_matches(_plain(wanted), by_plain, n=3, cutoff=_NEAR)
    return [by_plain[one] for one in found]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", folded(name))


def shown_names(names: Sequence[str]) -> str:
    """The names for a message; those that may be values, as of a file without header, are not."""
    fit = [name for name in names if _is_name(name)]
    hidden = len(names) - len(fit[:_SHOWN])
    more = [f"{hidden} more"] if hidden else []
    return ", ".join([*(repr(name) for name in fit[:_SHOWN]), *more])


def _is_name(text: str) -> bool:
    digits = sum(one.isdigit() for one in text)
    return "@" not in text and len(text) <= _LONGEST_SHOWN and digits * 3 <= len(text)
