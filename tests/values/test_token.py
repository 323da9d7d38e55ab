import hashlib
import hmac

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.values.token import hashed, key_pads, keyed_token

_KEY = bytes(range(32))


def _token(kind: str, value: str, key: bytes = _KEY) -> str:
    return hmac.new(key, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()[:32]


def test_a_token_is_the_hmac_of_kind_and_value(spark: SparkSession) -> None:
    given = [
        ("email", "ann@example.org"),
        ("user_id", "ann@example.org"),
        ("city", "İzmir"),
        ("x", ""),
    ]
    rows = spark.createDataFrame(given, "kind string, value string")
    for key in (_KEY, b"k" * 16, b"k" * 64):
        padded = rows.crossJoin(key_pads(spark, key)).select(
            "kind", "value", keyed_token(F.col("kind"), F.col("value")).alias("token")
        )
        assert {tuple(row) for row in padded.collect()} == {
            (kind, value, _token(kind, value, key)) for kind, value in given
        }


def test_a_plain_hash_is_sha_256_and_separates_its_parts(spark: SparkSession) -> None:
    row = spark.range(1).select(
        hashed(F.lit("a"), F.lit("b")), hashed(F.lit("ab")), hashed(F.lit("a"), F.lit(""))
    )
    first, *others = row.collect()[0]
    assert first == hashlib.sha256(b"a\x1fb").hexdigest()[:32]
    assert len({first, *others}) == 3


@pytest.mark.parametrize("length", [0, 15, 65])
def test_a_key_of_another_length_is_refused(spark: SparkSession, length: int) -> None:
    with pytest.raises(ValueError, match=f"expected 16 to 64 bytes, found {length}"):
        key_pads(spark, b"k" * length)


def test_no_byte_of_the_key_or_the_value_is_in_the_plan(spark: SparkSession) -> None:
    secret = b"a-very-secret-key"
    rows = spark.createDataFrame([("email", "ann@example.org")], "kind string, value string")
    padded = rows.crossJoin(F.broadcast(key_pads(spark, secret)))
    token = padded.select(keyed_token(F.col("kind"), F.col("value")).alias("token"))
    plan = token._jdf.queryExecution().toString()  # noqa: SLF001 - explain prints only
    assert token.count() == 1
    pad = bytes(byte ^ 0x36 for byte in secret)
    for part in (secret.decode(), secret.hex(), pad.hex(), pad.decode("latin-1"), "ann@"):
        assert part.lower() not in plan.lower()
