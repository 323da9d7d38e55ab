"""Texts as typed."""

from pyspark.sql import Column
from pyspark.sql import functions as F

BLANKS = " \t\n\x0b\f\r"  # what \s is in Java's patterns


def stripped(text: Column) -> Column:
    """The text without blanks around it; Spark's own trim removes spaces only.

    With `trim`, not a pattern: a pattern copies every value.
    """
    return F.trim(text, F.lit(BLANKS))
