"""What quality rules make of parsed records: kept, noted, refused, or the run stopped."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.silver import QUALITY
from cdp_spark.terms.rules import Rule, in_scope, keys_of

_VERB, _NAME, _FIELD = 1, 2, 3  # parts of a rule's key


def judged(parsed: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """The parsed records with `broken`, the keys of the rules that each breaks, and what follows.

    The first refusing rule is the reason of a record that had none, its field the detail. Only
    refused records keep their bytes, and of those not the dropped ones. `warnings` are the names
    of rules that only warn.
    """
    is_event = F.col("refusal").isNull()
    found = parsed.withColumn("broken", F.when(is_event, keys_of(rules)))
    # Nearly all events break none; functions with a function are interpreted.
    breaks = F.size("broken") > 0
    refusals = F.filter("broken", lambda key: _has_verb(key, "quarantine", "drop"))
    refusing = F.when(breaks, F.get(refusals, 0))
    marked = found.withColumn("refusing", refusing)
    is_dropped = F.coalesce(_has_verb(F.col("refusing"), "drop"), F.lit(False))  # noqa: FBT003
    warned = F.filter("broken", lambda key: _has_verb(key, "warn"))
    names = F.transform(warned, lambda key: _part(key, _NAME))
    refusal = F.coalesce("refusal", _part(F.col("refusing"), _NAME))
    return marked.withColumns(
        {
            "refusal": refusal,
            "detail": F.coalesce("detail", _part(F.col("refusing"), _FIELD)),
            "raw": F.when(refusal.isNotNull() & ~is_dropped, F.col("raw")),
            "warnings": F.when(breaks & (F.size(warned) > 0), names),
        }
    ).drop("refusing")


def quality_of(judged_records: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """silver.quality rows: per source and batch, how many events each rule was asked of and broke.

    Counted are the records that parsed into an event, in one pass over a few columns. There is at
    least one rule.
    """
    events = judged_records.where(F.col("broken").isNotNull())
    told = F.array(*[_counts(rule) for rule in rules])
    counted = events.groupBy("source", "batch").agg(told.alias("rules"))
    each = counted.select("source", "batch", F.explode("rules").alias("one"))
    rows = each.where(F.col("one.checked") > 0).select(
        "source",
        _part(F.col("one.key"), _NAME).alias("rule"),
        _part(F.col("one.key"), _FIELD).alias("path"),
        _part(F.col("one.key"), _VERB).alias("verb"),
        F.col("one.checked").alias("checked_count"),
        F.col("one.broken").alias("broken_count"),
        "batch",
    )
    return rows.select(*QUALITY.columns)


def failures(quality: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """Rows of silver.quality that stop the run: failing rules broken above their tolerance."""
    failing = [rule for rule in rules if rule.verb == "fail"]
    allowed = F.lit(0.0)
    for rule in failing:
        is_mine = (F.col("rule") == rule.name) & (F.col("path") == rule.field)
        allowed = F.when(is_mine, F.lit(rule.tolerance)).otherwise(allowed)
    is_above = F.col("broken_count") > F.col("checked_count") * allowed
    return quality.where((F.col("verb") == "fail") & is_above)


def _counts(rule: Rule) -> Column:
    return F.struct(
        F.lit(rule.key).alias("key"),
        F.count_if(in_scope(rule)).alias("checked"),
        F.count_if(F.array_contains("broken", rule.key)).alias("broken"),
    )


def _part(key: Column, place: int) -> Column:
    return F.split_part(key, F.lit(":"), F.lit(place))


def _has_verb(key: Column, *verbs: str) -> Column:
    return _part(key, _VERB).isin(*verbs)
