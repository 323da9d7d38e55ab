from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.semantics.rules import Rule
from cdp_spark.silver.quality import failed_rules, rule_counts, with_violations
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, QUALITY

_RULES = (
    Rule(name="odd", field="currency", allowed=("EUR",), on_violation="warn"),
    Rule(name="gone", field="city", allowed=("Bonn",), on_violation="drop"),
    Rule(name="dear", field="amount", most=Decimal(10), on_violation="quarantine"),
    Rule(name="nameless", field="email", required=True, on_violation="fail", tolerance=0.5),
    Rule(name="elsewhere", field="city", required=True, sources=("shop",)),
)


def _parsed(spark: SparkSession, *given: dict[str, Any]) -> DataFrame:
    values = [
        {name: value for name, value in one.items() if name != "rejection_reason"} for one in given
    ]
    rejections = [(str(number), one.get("rejection_reason")) for number, one in enumerate(given)]
    rows = [{"record_id": str(number)} | one for number, one in enumerate(values)]
    known = spark.createDataFrame(rejections, "record_id string, rejection_reason string")
    events = sample(spark, EVENT, *rows).join(known, on="record_id", how="inner")
    of_parser = F.array(F.struct(F.lit("unread").alias("rule"), F.lit("phone").alias("path")))
    return events.withColumns(
        {
            "raw": F.lit(b"bytes"),
            "detail": F.when(F.col("rejection_reason").isNotNull(), "place"),
            "warnings": F.when(F.col("city") == "Bonn", of_parser),
        }
    )


_GIVEN: tuple[dict[str, Any], ...] = (
    {"email": "a", "currency": "EUR", "city": "Bonn", "amount": Decimal(1)},
    {"email": "a", "currency": "USD", "amount": Decimal(1)},
    {"email": "a", "currency": "USD", "city": "Rome", "amount": Decimal(99)},
    {"amount": Decimal(99), "city": "Bonn"},
    {"rejection_reason": "not_json", "city": "Rome"},
)


def test_a_violated_rule_warns_drops_or_quarantines(spark: SparkSession) -> None:
    rows = with_violations(_parsed(spark, *_GIVEN), _RULES).orderBy("record_id").collect()
    values = [(row["rejection_reason"], row["detail"], row["raw"], row["warnings"]) for row in rows]
    assert values == [
        (None, None, None, ["unread: phone"]),
        (None, None, None, ["odd: currency"]),
        ("gone", "city", None, ["odd: currency"]),
        ("dear", "amount", b"bytes", ["unread: phone"]),
        ("not_json", "place", b"bytes", None),
    ]


def test_rules_are_counted_by_source_and_batch(spark: SparkSession) -> None:
    given = [{"source": "web", "batch": 7} | one for one in _GIVEN]
    given.append({"source": "shop", "batch": 7})
    found = rule_counts(with_violations(_parsed(spark, *given), _RULES), _RULES)
    assert found.columns == list(QUALITY.columns)
    rows = found.collect()
    assert {row["batch"] for row in rows} == {7}
    assert {(r["source"], r["rule"], r["on_violation"]): (r["checked_count"], r["violation_count"])
            for r in rows} == {
        ("web", "odd", "warn"): (4, 2), ("web", "gone", "drop"): (4, 1),
        ("web", "dear", "quarantine"): (4, 2), ("web", "nameless", "fail"): (4, 1),
        ("shop", "odd", "warn"): (1, 0), ("shop", "gone", "drop"): (1, 0),
        ("shop", "dear", "quarantine"): (1, 0), ("shop", "nameless", "fail"): (1, 1),
        ("shop", "elsewhere", "quarantine"): (1, 1), ("web", "unread", "warn"): (4, 2),
    }  # fmt: skip
    # A quarter of web's events is within the tolerance, all of shop's are not.
    assert [row["source"] for row in failed_rules(found, _RULES).collect()] == ["shop"]


def test_without_rules_every_event_is_kept(spark: SparkSession) -> None:
    checked = with_violations(_parsed(spark, *_GIVEN[:3]), ())
    rows = checked.orderBy("record_id").collect()
    assert {row["rejection_reason"] for row in rows} == {None}
    assert [row["warnings"] for row in rows] == [["unread: phone"], None, None]
    (counted,) = rule_counts(checked, ()).collect()
    assert (counted["rule"], counted["checked_count"], counted["violation_count"]) == (
        "unread",
        3,
        1,
    )
