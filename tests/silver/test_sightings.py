import hashlib
import hmac
from typing import Any, get_args

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.identifiers import IdentifierRule, Normalise, spelled
from cdp_spark.silver.sightings import Tokens, sightings_of
from cdp_spark.sources.parsed import PARSED
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.values.token import key_pads

_KEY = b"a key of 16 bytes"
_RULES = (
    IdentifierRule(name="user_id", priority=1, invalid_patterns=("^(null|guest)$",)),
    IdentifierRule(name="email", priority=2, normalise="email"),
)


def _token(kind: str, value: str) -> str:
    return hmac.new(_KEY, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()[:32]


def _sightings(spark: SparkSession, *records: tuple[str, str, list[tuple[Any, Any]]]) -> DataFrame:
    rows = spark.createDataFrame(
        [(key, record, found) for key, record, found in records],
        f"event_key string, record_id string, identifiers {PARSED['identifiers']}",
    ).select(
        "*",
        F.lit(1).alias("bucket"),
        F.lit("web").alias("source"),
        F.timestamp_seconds(F.lit(0)).alias("event_at"),
        F.timestamp_seconds(F.lit(1)).alias("available_at"),
    )
    return sightings_of(rows, Tokens(key_pads(spark, _KEY), _RULES, "90"))


def test_an_identifier_repeated_in_a_record_is_one_sighting(
    spark: SparkSession,
) -> None:
    found = [
        ("user_id", "u1"),
        ("email", "Ann@b.org "),
        ("email", "ann+x@b.org"),
        ("user_id", " u1\n"),
    ]
    sightings = _sightings(spark, ("e", "r", found))
    assert sightings.columns == list(SIGHTING.columns)
    assert {(row["kind"], row["identifier_key"]) for row in sightings.collect()} == {
        ("user_id", _token("user_id", "u1")),
        ("email", _token("email", "ann@b.org")),
    }
    assert sightings.count() == 2


def test_spelling_an_identifier_twice_is_spelling_it_once(spark: SparkSession) -> None:
    """Where two of a kind stand in a record, values are spelled before they are compared."""
    values = [" Ann+x@GoogleMail.com ", "a.n.n@gmail.com", "0532 123 45 67", "0090 532 1234567",
              "905321234567", "+49 170 1234567", " A-1 ", "null", "\t", "n/a"]  # fmt: skip
    rules = [
        IdentifierRule(name=normalise, priority=1, normalise=normalise)
        for normalise in get_args(Normalise)
    ]
    rows = spark.createDataFrame([(value,) for value in values], "value string")
    for rule in rules:
        once = rows.withColumn("once", spelled(F.col("value"), rule, "90"))
        twice = once.withColumn("twice", spelled(F.col("once"), rule, "90"))
        assert twice.where("not once <=> twice").count() == 0, rule.name


def test_two_records_of_one_event_have_each_their_own(spark: SparkSession) -> None:
    """Only one of them stays, and it is not known yet which."""
    same = [("user_id", "u1")]
    rows = _sightings(spark, ("e", "r1", same), ("e", "r2", same)).collect()
    assert sorted(row["record_id"] for row in rows) == ["r1", "r2"]


def test_junk_and_kinds_without_a_rule_are_left_out(spark: SparkSession) -> None:
    junk = [("user_id", None), ("user_id", ""), ("user_id", " \t"), ("user_id", "GUEST"),
            ("user_id", "null"), ("email", "nobody"), ("cookie", "c"), (None, "x")]  # fmt: skip
    assert _sightings(spark, ("e", "r", junk), ("f", "s", [])).count() == 0


def test_the_plan_contains_no_value_and_no_byte_of_the_key(spark: SparkSession) -> None:
    sightings = _sightings(spark, ("e", "r", [("email", "ann@b.org"), ("user_id", "u-secret")]))
    assert sightings.count() == 2
    plan = sightings._jdf.queryExecution().toString()  # noqa: SLF001 - explain prints only
    assert "inner_pad" in plan
    pad = bytes(byte ^ 0x36 for byte in _KEY)
    for part in ("ann@", "u-secret", _KEY.decode(), _KEY.hex(), pad.hex(), pad.decode("latin-1")):
        assert part.lower() not in plan.lower()
