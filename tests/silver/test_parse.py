import hashlib
import json
from datetime import timedelta
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.parser import Parser
from cdp_spark.silver.parse import Normalisation, parsed_records
from cdp_spark.sources.parsed import PARSED, value_at
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.sample import sample
from tests.silver.spellings import spellings


def _parsed(records: DataFrame) -> DataFrame:
    """A format that knows an id and contacts only."""
    values = {
        "event_id": value_at("$.id"),
        "email": value_at("$.mail"),
        "phone": value_at("$.tel"),
        "event_at": F.timestamp_seconds(F.lit(90_000)),
        "reason": F.when(value_at("$.id").isNull(), "missing_id"),
        "detail": F.lit("id"),
    }
    return records.select(
        *records.columns,
        *[values.get(name, F.lit(None)).cast(kind).alias(name) for name, kind in PARSED.items()],
    )


def _rows(spark: SparkSession, *raws: bytes, source: str = "web") -> list[Row]:
    given: list[dict[str, Any]] = [
        {"record_id": f"{number:02d}", "raw": raw, "source": source}
        for number, raw in enumerate(raws)
    ]
    parsers = {
        "web": Parser(_parsed),
        "app": Parser(_parsed),
        "text": Parser(_parsed, "text"),
        "file": Parser(_parsed, "bytes"),
        "knowing": Parser(_parsed, known=("id", "mail")),
    }
    parsed = parsed_records(
        sample(spark, RECORD, *given), parsers, Normalisation(spellings("TR"), timedelta(hours=1))
    )
    kept = parsed.drop("properties", "traits", "context").withColumn("extra", F.to_json("extra"))
    return sorted(kept.collect(), key=lambda row: str(row["record_id"]))


def test_anything_but_one_json_object_is_rejected(spark: SparkSession) -> None:
    bad = [b"<html>", b"", b"[]", b"null", b"7", b'"{}"', b"{", b'{"id":1', b'{"id":1}{"id":2}',
           b'{"id":1} {"id":2}', b'{"id":1},{"id":2}', b'{"id":1},null', b'{"id":1},', b'{"id":1}]',
           b'{"id":1},"b":{}', b'{"id":1},"record":{"id":2}', b'{"id":1,"id":2},"b":{}',
           b'{"id":1},7', b'{"id":1}],[{}', b'{"id":NaN}', b"{'id':1}", b'{"id":1}//x',
           b'{"a":' * 5000 + b"1" + b"}" * 5000]  # fmt: skip
    assert [row["rejection_reason"] for row in _rows(spark, *bad)] == ["not_json"] * len(bad)


def test_what_is_wrong_with_an_object_has_a_word_of_its_own(spark: SparkSession) -> None:
    bad = {
        b'{"id":1,"id":2}': "duplicate_key",
        b'{"id":1,"a":{"b":1,"b":1}}': "duplicate_key",
        b'{"id":1,"id":2,}': "not_json",
        b'{"id":"\\ud83d"}': "half_character",
        b'{"id":"a","text":"ends with \\uD83D."}': "half_character",
        b'{"id":"\\ude00 begins"}': "half_character",
    }
    assert [row["rejection_reason"] for row in _rows(spark, *bad)] == [*bad.values()]
    (row,) = _rows(spark, b'{"id":"\\ud83d\\ude00"}')
    assert (row["rejection_reason"], row["event_id"]) == (None, "\U0001f600")


def test_unknown_fields_are_kept_beside_the_columns(spark: SparkSession) -> None:
    raws = [b'{"id":"a","mail":"m"}', b'{"new":{"x":[1,null]},"id":"a","n":1.50}',
            b'\xef\xbb\xbf {"id":"a","mail.":null,"":"e"}', b'{"new":1', b'{"new":"\xff"}',
            b'{"a":' * 5000 + b"1" + b"}" * 5000, b"{}"]  # fmt: skip
    found = [row["extra"] for row in _rows(spark, *raws, source="knowing")]
    assert found == [None, '{"n":1.5,"new":{"x":[1,null]}}', '{"":"e","mail.":null}', *[None] * 4]
    whole = _rows(spark, *raws)
    assert {row["extra"] for row in whole} == {None}, "all fields are in its columns"


def test_bytes_that_are_not_text_are_not_parsed(spark: SparkSession) -> None:
    bad = [b'{"id":"\xff"}', b"\xff\xfe{\x00", b'{"id":"\xed\xa0\x80"}', b'{"id":"\xc0\xaf"}']
    rows = _rows(spark, *bad)
    assert [row["rejection_reason"] for row in rows] == ["not_utf8"] * len(bad)
    assert {row["event_id"] for row in rows} == {None}


def test_byte_order_marks_and_blanks_around_an_object_are_ignored(spark: SparkSession) -> None:
    good = [b'{"id":"a"}', b'\xef\xbb\xbf{"id":"a"}', b'  {"id":"a"}\r', b'\t{"id":"a"}\t ',
            b'\xef\xbb\xbf \t{"id":"a"}']  # fmt: skip
    rows = _rows(spark, *good)
    assert [(row["rejection_reason"], row["event_id"]) for row in rows] == [(None, "a")] * len(good)
    assert len({row["event_key"] for row in rows}) == 1
    assert [row["sha256"] for row in rows] == [hashlib.sha256(raw).hexdigest() for raw in good]
    (row,) = _rows(spark, b'{"id":"a","deep":' + b"[" * 300 + b"]" * 300 + b"}")
    assert row["rejection_reason"] is None


def test_an_event_is_keyed_by_source_and_id_and_its_contacts_have_one_spelling(
    spark: SparkSession,
) -> None:
    raw = b'{"id":"a","mail":" Ann+x@B.org","tel":"0555 111 22 33"}'
    (web,), (app,) = _rows(spark, raw), _rows(spark, raw, source="app")
    assert web["event_key"] == hashlib.sha256(b"web\x1fa").hexdigest()[:32]
    assert web["bucket"] == int(web["event_key"][:2], 16) % 64
    assert web["event_key"] != app["event_key"]
    assert (web["email"], web["phone"]) == ("ann+x@b.org", "+905551112233")
    assert str(web["event_on"]) == "1970-01-02"


def test_a_rejection_keeps_its_field_and_another_source_is_unknown(
    spark: SparkSession,
) -> None:
    (row,) = _rows(spark, b"{}")
    assert (row["rejection_reason"], row["detail"]) == ("missing_id", "id")
    (row,) = _rows(spark, b"{")
    assert (row["rejection_reason"], row["detail"]) == ("not_json", None)
    (row,) = _rows(spark, b'{"id":"a"}', source="gone")
    assert (row["rejection_reason"], row["event_id"]) == ("unknown_source", None)


def test_a_format_may_want_the_text_itself_or_no_look_at_it(spark: SparkSession) -> None:
    text, torn = b'\xef\xbb\xbfa\tb"', b"\xff\xfe"
    assert [row["rejection_reason"] for row in _rows(spark, text, torn, source="text")] == [
        "missing_id",
        "not_utf8",
    ]
    assert [row["rejection_reason"] for row in _rows(spark, text, torn, source="file")] == [
        "missing_id"
    ] * 2


def test_an_event_later_than_its_receipt_is_held_there(spark: SparkSession) -> None:
    """Times of the event and of the receipt by the sender → event_at, available_at, warnings."""
    landed, hour = "2026-11-21 12:00:00", timedelta(hours=1)
    cases = {
        "late": ("2099-01-01 00:00:00", "2026-11-20 10:00:00"),
        "within": ("2026-11-20 10:59:00", "2026-11-20 10:00:00"),
        "unknown": ("2099-01-01 00:00:00", None),
        "both": ("2099-01-01 00:00:00", "2099-01-01 00:00:01"),
        "early": ("2026-11-20 09:00:00", "2026-11-20 10:00:00"),
    }

    def timed(records: DataFrame) -> DataFrame:
        times = {name: value_at(f"$.{name}", "timestamp") for name in ("at", "received")}
        columns = {
            "event_id": value_at("$.id"),
            "event_at": times["at"],
            "available_at": times["received"],
        }
        return _parsed(records).withColumns(columns)

    raws = [
        json.dumps({"id": name, "at": at, "received": received}).encode()
        for name, (at, received) in cases.items()
    ]
    given: list[dict[str, Any]] = [
        {"record_id": str(number), "raw": raw, "source": "web"} for number, raw in enumerate(raws)
    ]
    records = sample(spark, RECORD, *given).withColumns(
        {
            "landed_at": F.lit(landed).cast("timestamp"),
            "delivered_at": F.lit(None).cast("timestamp"),
        }
    )
    parsers = {"web": Parser(timed)}
    rows = parsed_records(records, parsers, Normalisation(spellings(""), hour)).select(
        "event_id",
        F.col("event_at").cast("string"),
        F.col("available_at").cast("string"),
        "warnings",
    )
    found = {row[0]: (row[1], row[2], bool(row[3])) for row in rows.collect()}
    assert found == {
        "late": ("2026-11-20 10:00:00", "2026-11-20 10:00:00", True),
        "within": ("2026-11-20 10:59:00", "2026-11-20 10:00:00", False),
        "unknown": (landed, landed, True),
        "both": (landed, landed, True),
        "early": ("2026-11-20 09:00:00", "2026-11-20 10:00:00", False),
    }
