import hashlib
import hmac

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.silver.sightings import Tokens, sightings_of
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.values.token import key_pads

_KEY = b"a key of 16 bytes"
_GIVEN = "array<struct<kind:string,namespace:string,value:string,alias:string>>"
Given = list[tuple[str, str | None, str, str | None]]


def _token(*parts: str) -> str:
    return hmac.new(_KEY, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def _sightings(spark: SparkSession, *records: tuple[str, str, Given]) -> DataFrame:
    rows = spark.createDataFrame(
        [(key, record, found) for key, record, found in records],
        f"event_key string, record_id string, identifiers {_GIVEN}",
    ).select(
        "*",
        F.lit(1).alias("bucket"),
        F.lit("web").alias("source"),
        F.timestamp_seconds(F.lit(0)).alias("event_at"),
        F.timestamp_seconds(F.lit(1)).alias("available_at"),
    )
    return sightings_of(rows, Tokens(key_pads(spark, _KEY)))


def test_a_token_is_of_kind_namespace_and_value(spark: SparkSession) -> None:
    found: Given = [("user_id", "crm", "u1", "current"), ("email", None, "ann@b.org", None)]
    sightings = _sightings(spark, ("e", "r", found))
    assert sightings.columns == list(SIGHTING.columns)
    assert {(row["kind"], row["namespace"], row["alias"]): row["identifier_key"]
            for row in sightings.collect()} == {
        ("user_id", "crm", "current"): _token("user_id", "crm", "u1"),
        ("email", None, None): _token("email", "ann@b.org"),
    }  # fmt: skip


def test_two_records_of_one_event_have_each_their_own(spark: SparkSession) -> None:
    """Only one of them stays, and it is not known yet which."""
    same: Given = [("user_id", "web", "u1", None)]
    rows = _sightings(spark, ("e", "r1", same), ("e", "r2", same)).collect()
    assert sorted(row["record_id"] for row in rows) == ["r1", "r2"]


def test_the_plan_contains_no_value_and_no_byte_of_the_key(spark: SparkSession) -> None:
    found: Given = [("email", None, "ann@b.org", None), ("user_id", "web", "u-secret", None)]
    sightings = _sightings(spark, ("e", "r", found))
    assert sightings.count() == 2
    plan = sightings._jdf.queryExecution().toString()  # noqa: SLF001 - explain prints only
    assert "inner_pad" in plan
    pad = bytes(byte ^ 0x36 for byte in _KEY)
    for part in ("ann@", "u-secret", _KEY.decode(), _KEY.hex(), pad.hex(), pad.decode("latin-1")):
        assert part.lower() not in plan.lower()
