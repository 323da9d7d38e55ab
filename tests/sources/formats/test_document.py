import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources import known_formats
from cdp_spark.sources.reading import ReadingSettings
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.sample import sample

_DAY = datetime(2025, 1, 2, tzinfo=UTC)
_LETTER: dict[str, Any] = {
    "file": "2025/u_7/a@b.org.txt",
    "raw": b"Dear \xff",
    "delivered_at": _DAY,
}
_PATTERN = r"(?P<user_id>u_[0-9]+)/(x|(?P<email>[^/]+@[^/]+\.[a-z]+)\.txt)"


def _results(spark: SparkSession, source: SourceSettings, *rows: dict[str, Any]) -> list[Row]:
    records = sample(spark, RECORD, *rows).withColumn("body", F.lit(None).cast("variant"))
    results = known_formats()["document"].parsed(records, source)
    shown = results.withColumns(
        {"properties": F.to_json("properties"), "at": F.unix_timestamp("event_at")}
    )
    return sorted(shown.collect(), key=lambda row: str(row["record_id"]))


def test_a_file_is_an_event_with_only_name_size_and_hash(spark: SparkSession) -> None:
    bare = SourceSettings(name="letters", format="document", path="x")
    named = SourceSettings(
        name="letters",
        format="document",
        path="x",
        event="Letter",
        reading=ReadingSettings(path_identifiers=_PATTERN),
    )
    other = _LETTER | {"file": "b.txt"}
    changed = _LETTER | {"raw": b"Dear"}
    late = _LETTER | {"delivered_at": None}
    rows = _results(spark, bare, _LETTER, other, changed, late)
    assert len({row["event_id"] for row in rows}) == 3
    first = rows[0]
    assert (first["type"], first["name"], first["reason"]) == ("track", "Document", None)
    assert first["at"] == int(_DAY.timestamp())
    assert first["available_at"] == first["event_at"]
    assert json.loads(first["properties"]) == {
        "file": "a@b.org.txt",
        "size_bytes": 6,
        "sha256": hashlib.sha256(b"Dear \xff").hexdigest(),
    }
    assert first["identifiers"] == []
    assert (rows[3]["reason"], rows[3]["detail"]) == ("missing_time", "when the file was delivered")
    letter, unnamed = _results(spark, named, _LETTER, other)
    assert letter["name"] == "Letter"
    assert [(one["kind"], one["value"]) for one in letter["identifiers"]] == [
        ("user_id", "u_7"),
        ("email", "a@b.org"),
    ]
    assert unnamed["identifiers"] == []
