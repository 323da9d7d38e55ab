from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.parsed import at, first_fault, present, seen


def test_the_first_fault_that_holds_is_told_with_its_field(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(1, 1), (0, 1), (0, 0), (None, 1)], "a int, b int")
    faults = {"bad_a": F.col("a") == 1, "bad_b": F.col("b") == 1}
    reason, detail = first_fault(faults, {"bad_a": "a"})
    told = rows.select(reason.alias("reason"), detail.alias("detail")).collect()
    assert [tuple(row) for row in told] == [
        ("bad_a", "a"),
        ("bad_b", None),
        (None, None),
        ("bad_b", None),
    ]


def test_only_texts_and_numbers_name_somebody(spark: SparkSession) -> None:
    bodies = (
        '"u1"',
        "12345",
        "null",
        "true",
        "false",
        '{"id": 1}',
        "[1]",
        '" TRUE-blue "',
        '"false "',
    )
    rows = spark.createDataFrame([(f'{{"id": {body}}}',) for body in bodies], "text string")
    body = rows.select(F.parse_json("text").alias("body"))
    told = body.select(present([seen("user_id", at("$.id"))]).alias("found")).collect()
    assert [[one["value"] for one in row["found"]] for row in told] == [
        ["u1"], ["12345"], [], [], [], [], [], [" TRUE-blue "], []
    ]  # fmt: skip
    assert told[0]["found"][0]["kind"] == "user_id"
