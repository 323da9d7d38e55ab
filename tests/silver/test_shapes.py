from datetime import UTC, datetime, timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.silver.shapes import fields_in, shape_of, shapes_of
from cdp_spark.tables.silver import SHAPE

_START = datetime(2025, 1, 1, tzinfo=UTC)


def test_every_field_is_named_by_its_path_and_type() -> None:
    schema = (
        "OBJECT<a: BIGINT, `b c`: OBJECT<`d.e`: ARRAY<VARIANT>, `f``g`: VOID>, "
        "big: DECIMAL(30,0), h: ARRAY<OBJECT<k: DOUBLE, l: STRING>>, o: OBJECT<>, t: TIMESTAMP_NTZ>"
    )
    assert fields_in(schema) == {
        ("a", "number"), ("b c", "object"), ("b c.*", "list"), ("b c.*[]", "mixed"),
        ("b c.*", "null"), ("big", "number"), ("h", "list"), ("h[]", "object"),
        ("h[].k", "number"), ("h[].l", "text"), ("o", "object"), ("t", "text"),
    }  # fmt: skip


def test_keys_that_may_be_values_are_not_kept() -> None:
    schema = (
        "OBJECT<`Müşteri No`: STRING, m: OBJECT<`a@b.org`: BIGINT, `905551234567`: BIGINT, "
        "ok_1: BOOLEAN, `Ana Popescu`: BIGINT, `Tel 0532 111 22 33`: BIGINT>>"
    )
    assert fields_in(schema) == {
        ("Müşteri No", "text"), ("m", "object"), ("m.*", "number"), ("m.ok_1", "flag"),
    }  # fmt: skip


def test_what_is_too_deep_is_left_out_and_breaks_nothing() -> None:
    deep = "OBJECT<a: " * 3000 + "BIGINT" + ">" * 3000
    assert max(path.count(".") for path, _ in fields_in(deep)) == 5


def _shaped(rows: DataFrame, position: int, file: str = "a.jsonl") -> DataFrame:
    body = F.try_parse_json(F.concat(F.lit("["), "text", F.lit("]")))
    placed = rows.withColumns({"position": F.lit(position), "file": F.lit(file)})
    if "raw_hash" not in rows.columns:
        placed = placed.withColumn("raw_hash", F.lit(1).cast("long"))
    return placed.withColumn("shape", shape_of(body))


def test_fields_are_counted_by_source_batch_and_type(spark: SparkSession) -> None:
    given = [
        ("web", 1, 2, '{"id": "a", "p": {"n": 1}}'), ("web", 1, 1, '{"id": "b", "p": {"n": 2}}'),
        ("web", 1, 3, '{"id": "c", "p": {"n": "3"}}'), ("web", 2, 4, '{"id": null}'),
        ("shop", 1, 5, '{"id": 1}'), ("shop", 1, 6, None),
    ]  # fmt: skip
    rows = spark.createDataFrame(
        [(s, b, _START + timedelta(hours=h), text) for s, b, h, text in given],
        "source string, batch long, landed_at timestamp, text string",
    )
    found = shapes_of(_shaped(rows, position=0))
    assert found.columns == list(SHAPE.columns)
    values = {
        (row["source"], row["batch"], row["path"], row["type"]): (
            row["record_count"], row["landed_at"].hour
        )
        for row in found.collect()
    }  # fmt: skip
    assert values == {
        ("web", 1, "id", "text"): (3, 1), ("web", 1, "p", "object"): (3, 1),
        ("web", 1, "p.n", "number"): (2, 1), ("web", 1, "p.n", "text"): (1, 3),
        ("web", 2, "id", "null"): (1, 4), ("shop", 1, "id", "number"): (1, 5),
    }  # fmt: skip


def test_a_sample_by_hash_estimates_the_counts_past_the_start_of_a_file(
    spark: SparkSession,
) -> None:
    given = [("web", 1, _START, '{"id": "a"}', number) for number in range(-3200, 3200)]
    rows = spark.createDataFrame(
        given, "source string, batch long, landed_at timestamp, text string, raw_hash long"
    )
    far = _shaped(rows, position=1 << 20)
    assert far.where("shape is not null").count() == 200
    for shaped in (far, _shaped(rows, (1 << 20) - 1), _shaped(rows, 1 << 40, "topic:1/0/5..9")):
        (found,) = shapes_of(shaped).collect()
        assert (found["path"], found["record_count"]) == ("id", 6400)
    assert _shaped(rows, (1 << 20) - 1).where("shape is null").isEmpty()
