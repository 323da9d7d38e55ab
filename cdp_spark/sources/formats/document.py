"""Files kept whole, of any kind: each an event that says it came, its bytes stay in bronze."""

import re

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import PARSED, first_fault, present, seen
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.values.moment import is_plausible
from cdp_spark.values.token import hashed

_EVENT = "Document"


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` says why a file is no event.

    Of a file only name, size and SHA-256 are told, and the identifiers its path names.
    """
    faults = {
        "missing_time": F.col("delivered_at").isNull(),
        "time_out_of_range": ~is_plausible(F.col("delivered_at")),
    }
    reason, detail = first_fault(faults, dict.fromkeys(faults, "when the file was delivered"))
    told = _told(source) | {"reason": reason, "detail": detail}
    return records.select(
        *records.columns,
        *[told.get(name, F.lit(None)).cast(kind).alias(name) for name, kind in PARSED.items()],
    )


def _told(source: SourceSettings) -> dict[str, Column]:
    sha256 = F.sha2("raw", 256)
    properties = F.struct(
        F.element_at(F.split("file", "/"), -1).alias("file"),
        F.length("raw").alias("size_bytes"),
        sha256.alias("sha256"),
    )
    return {
        "event_id": hashed(F.col("file"), sha256),
        "type": F.lit("track"),
        "name": F.lit(source.event or _EVENT),
        "event_at": F.col("delivered_at"),
        "available_at": F.col("delivered_at"),
        "properties": F.to_variant_object(properties),
        "identifiers": present(_in_path(source.reading.path_identifiers)),
    }


def _in_path(pattern: str) -> list[Column]:
    # Java's groups may not be named user_id; by number they are the same.
    numbered = re.sub(r"\(\?P<\w+>", "(", pattern)
    groups = re.compile(pattern).groupindex
    found = {kind: F.regexp_extract("file", numbered, group) for kind, group in groups.items()}
    return [seen(kind, F.nullif(value, F.lit(""))) for kind, value in found.items()]


FORMATS = (Format("document", "document", parsed, "bytes"),)
