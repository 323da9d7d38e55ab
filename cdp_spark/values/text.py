"""Texts as typed."""

import unicodedata

from pyspark.sql import Column
from pyspark.sql import functions as F

BLANKS = " \t\n\x0b\f\r"  # what \s is in Java's patterns
# Controls, formatting signs (zero-width, bidi, BOM) and separators.
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")
# The capital İ is two signs in lower case: an i and a combining dot.
_DOTTED_CAPITAL, _COMBINING_DOT = "İ", "\u0307"


def stripped(text: Column) -> Column:
    """The text without blanks around it; Spark's own trim removes spaces only.

    With `trim`, not a pattern: a pattern copies every value.
    """
    return F.trim(text, F.lit(BLANKS))


def bare(text: str) -> str:
    """The text in Unicode's NFC, without blanks and unseen signs around it."""
    if text.isascii():
        return text.strip()
    composed = unicodedata.normalize("NFC", text)
    start, end = 0, len(composed)
    while start < end and is_unseen(composed[start]):
        start += 1
    while end > start and is_unseen(composed[end - 1]):
        end -= 1
    return composed[start:end]


def is_unseen(sign: str) -> bool:
    """Whether a character is a blank, a control or an invisible sign."""
    return unicodedata.category(sign) in _UNSEEN


def is_combining(sign: str) -> bool:
    """Whether a character is drawn on the one before it."""
    return unicodedata.category(sign).startswith("M")


def lower(text: str) -> str:
    """The text in lower case, without a combining dot over an i."""
    if text.isascii():
        return text.lower()
    return text.replace(_DOTTED_CAPITAL, "i").lower().replace(f"i{_COMBINING_DOT}", "i")
