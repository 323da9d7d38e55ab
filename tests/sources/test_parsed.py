from decimal import Decimal

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.parsed import (
    PARSED,
    amount_warning,
    first_rejection,
    identifier,
    is_missing,
    money,
    parsed_rows,
    present_identifiers,
    text_struct,
    time_rejections,
    time_warning,
    value_at,
)
from cdp_spark.values.moment import timestamp_of


def test_the_first_rejection_that_applies_is_returned_with_its_field(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(1, 1), (0, 1), (0, 0), (None, 1)], "a int, b int")
    rejections = {"bad_a": (F.col("a") == 1, "a"), "bad_b": (F.col("b") == 1, "b")}
    reason, detail = first_rejection(rejections)
    found = rows.select(reason.alias("reason"), detail.alias("detail")).collect()
    assert [tuple(row) for row in found] == [
        ("bad_a", "a"),
        ("bad_b", "b"),
        (None, None),
        ("bad_b", "b"),
    ]


def test_only_texts_and_numbers_are_identifiers(spark: SparkSession) -> None:
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
    rows = spark.createDataFrame([(f'[{{"id": {body}}}]',) for body in bodies], "text string")
    body = rows.select(F.parse_json("text").alias("body"))
    rows_found = body.select(
        present_identifiers([identifier("user_id", value_at("$.id"))]).alias("found")
    ).collect()
    assert [[one["value"] for one in row["found"]] for row in rows_found] == [
        ["u1"], ["12345"], [], [], [], [], [], [" TRUE-blue "], []
    ]  # fmt: skip
    assert rows_found[0]["found"][0]["kind"] == "user_id"


def test_a_struct_of_texts_is_ddl() -> None:
    assert text_struct("a", "b", c="bigint", d=text_struct("e")) == (
        "struct<a:string,b:string,c:bigint,d:struct<e:string>>"
    )


def test_missing_columns_are_null_and_the_first_rejection_is_the_reason(
    spark: SparkSession,
) -> None:
    """Rows are id, name, time, amount; then reason, event id, name and amount as parsed.

    An amount that can't be read is null with a warning, and a time that is too late is kept.
    """
    cases = [
        (("1", "[Sale]", "2025-01-02", "1.005"), (None, "1", None, Decimal("1.01"))),
        (("1", "[Sale] cup", "2025-01-02", None), (None, "1", "[Sale] cup", None)),
        (('{"a": 1}', "x", "2025-01-02", "1"), ("missing_id", None, "x", 1)),
        (("", " [1,\n2] ", "2025-01-02", "1"), ("missing_id", "", None, 1)),
        (("1", "x", None, "1"), ("unreadable_time", "1", "x", 1)),
        (("1", "x", "noon", "-1"), ("unreadable_time", "1", "x", -1)),
        (("1", "x", "1999-12-31", "1"), ("time_out_of_range", "1", "x", 1)),
        (("1", "x", "20000-01-01", "1"), (None, "1", "x", 1)),
        (("1", "x", "2025-01-02", "-0.01"), (None, "1", "x", Decimal("-0.01"))),
        (("1", "x", "2025-01-02", ""), (None, "1", "x", None)),
        (("1", "x", "2025-01-02", "NaN"), (None, "1", "x", None)),
        (("1", "x", "2025-01-02", "1e17"), (None, "1", "x", None)),
    ]
    given = [(number, *case) for number, (case, _) in enumerate(cases)]
    rows = spark.createDataFrame(given, "n int, id string, label string, at string, paid string")
    moment, paid = timestamp_of(F.col("at")), F.col("paid")
    found = parsed_rows(
        rows,
        ["n"],
        {
            "event_id": F.col("id"),
            "name": F.col("label"),
            "event_at": moment,
            "available_at": moment,
            "amount": money(paid),
        },
        {
            "missing_id": (is_missing("event_id"), "id"),
            **time_rejections("at"),
        },
        [time_warning("at", F.col("at"), moment), amount_warning("paid", paid)],
    )
    assert found.columns == ["n", *PARSED]
    shown = found.select(
        "reason", "event_id", "name", "amount", "n", "detail", "city", "warnings"
    ).collect()
    shown.sort(key=lambda row: int(row["n"]))
    assert [tuple(row)[:4] for row in shown] == [expected for _, expected in cases]
    assert [row["detail"] for row in shown[1:5]] == [None, "id", "id", "at"]
    assert {row["city"] for row in shown} == {None}
    warned = {row["n"]: [tuple(one) for one in row["warnings"]] for row in shown if row["warnings"]}
    assert warned == {
        5: [("unreadable_time", "at")],
        10: [("unreadable_amount", "paid")],
        11: [("unreadable_amount", "paid")],
    }
