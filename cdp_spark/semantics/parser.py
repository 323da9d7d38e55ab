"""Parsers, as refinement calls them: `sources` makes one per source, `silver` uses it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pyspark.sql import DataFrame

# The first element of the VARIANT `body` of a record: its JSON object, its text, or, for bytes, no
# body at all.
Body = Literal["json", "text", "bytes"]


@dataclass(frozen=True)
class Parser:
    """Parses the records of a source into the columns of an event.

    `parsed` takes bronze records with `body`, and returns them with the columns of
    `sources.parsed.PARSED`, among them `reason` and `detail` of a rejection. `known` are the fields
    of the JSON object that these columns cover; other fields are kept as `extra`, unless it is
    empty: then the columns cover all.
    """

    parsed: Callable[[DataFrame], DataFrame]
    body: Body = "json"
    known: tuple[str, ...] = ()
