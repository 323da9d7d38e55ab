"""Whole files of any kind: each becomes an event; its bytes stay in bronze."""

import re

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import PARSED, first_rejection, identifier, present_identifiers
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.values.moment import is_plausible
from cdp_spark.values.token import hashed

_EVENT = "Document"


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a file is rejected.

    Events have the name, size and SHA-256 of the file, and the identifiers in its path.
    """
    delivered = "when the file was delivered"
    rejections = {
        "missing_time": (F.col("delivered_at").isNull(), delivered),
        "time_out_of_range": (~is_plausible(F.col("delivered_at")), delivered),
    }
    reason, detail = first_rejection(rejections)
    columns = _columns(source) | {"reason": reason, "detail": detail}
    return records.select(
        *records.columns,
        *[columns.get(name, F.lit(None)).cast(kind).alias(name) for name, kind in PARSED.items()],
    )


def _columns(source: SourceSettings) -> dict[str, Column]:
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
        "identifiers": present_identifiers(_in_path(source.reading.path_identifiers)),
    }


def _in_path(pattern: str) -> list[Column]:
    # Java does not allow group names such as user_id, so groups are matched by number.
    numbered = re.sub(r"\(\?P<\w+>", "(", pattern)
    groups = re.compile(pattern).groupindex
    found = {kind: F.regexp_extract("file", numbered, group) for kind, group in groups.items()}
    return [identifier(kind, F.nullif(value, F.lit(""))) for kind, value in found.items()]


FORMATS = (Format("document", "document", parsed, "bytes", settings=("event",)),)
