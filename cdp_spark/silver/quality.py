"""Quality rules over parsed records: they warn, drop, quarantine, or stop the run."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.semantics.rules import Rule, in_scope, keys_of
from cdp_spark.tables.silver import QUALITY

_VERB, _NAME, _FIELD = 1, 2, 3  # parts of a rule's key


def with_violations(parsed: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """The parsed records with `violations`, the keys of the rules that each record violates.

    The first violated rule that drops or quarantines becomes the rejection reason of a record
    without one, its field the detail. Only rejected records keep their bytes, except dropped ones.
    `warnings` are the names of violated rules that only warn.
    """
    is_event = F.col("rejection_reason").isNull()
    found = parsed.withColumn("violations", F.when(is_event, keys_of(rules)))
    # Spark interprets functions that take a lambda, and nearly all events violate no rule.
    has_violations = F.size("violations") > 0
    rejecting = F.filter("violations", lambda key: _has_verb(key, "quarantine", "drop"))
    first = F.when(has_violations, F.get(rejecting, 0))
    marked = found.withColumn("rejected_by", first)
    is_dropped = F.coalesce(_has_verb(F.col("rejected_by"), "drop"), F.lit(False))  # noqa: FBT003
    warned = F.filter("violations", lambda key: _has_verb(key, "warn"))
    names = F.transform(warned, lambda key: _part(key, _NAME))
    reason = F.coalesce("rejection_reason", _part(F.col("rejected_by"), _NAME))
    return marked.withColumns(
        {
            "rejection_reason": reason,
            "detail": F.coalesce("detail", _part(F.col("rejected_by"), _FIELD)),
            "raw": F.when(reason.isNotNull() & ~is_dropped, F.col("raw")),
            "warnings": F.when(has_violations & (F.size(warned) > 0), names),
        }
    ).drop("rejected_by")


def rule_counts(checked: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """silver.quality rows: per source, batch and rule, how many events were checked and violate it.

    Counts the records that parsed into an event, in one pass over a few columns. There is at least
    one rule.
    """
    events = checked.where(F.col("violations").isNotNull())
    counts = F.array(*[_counts(rule) for rule in rules])
    by_batch = events.groupBy("source", "batch").agg(counts.alias("rules"))
    each = by_batch.select("source", "batch", F.explode("rules").alias("one"))
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


def failed_rules(quality: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """Rows of silver.quality that stop the run: `fail` rules violated above their tolerance."""
    failing = [rule for rule in rules if rule.verb == "fail"]
    allowed = F.lit(0.0)
    for rule in failing:
        is_rule = (F.col("rule") == rule.name) & (F.col("path") == rule.field)
        allowed = F.when(is_rule, F.lit(rule.tolerance)).otherwise(allowed)
    is_above = F.col("broken_count") > F.col("checked_count") * allowed
    return quality.where((F.col("verb") == "fail") & is_above)


def _counts(rule: Rule) -> Column:
    return F.struct(
        F.lit(rule.key).alias("key"),
        F.count_if(in_scope(rule)).alias("checked"),
        F.count_if(F.array_contains("violations", rule.key)).alias("broken"),
    )


def _part(key: Column, place: int) -> Column:
    return F.split_part(key, F.lit(":"), F.lit(place))


def _has_verb(key: Column, *verbs: str) -> Column:
    return _part(key, _VERB).isin(*verbs)
