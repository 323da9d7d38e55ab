"""Quality rules over parsed records: they warn, drop, quarantine, or stop the run."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from cdp_spark.semantics.rules import Rule, in_scope, violations_of
from cdp_spark.tables.silver import QUALITY

_WARNING = "struct<rule:string,path:string>"


def with_violations(parsed: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """The parsed records with `violations`: what each record violates, and what follows.

    The first violated rule that drops or quarantines becomes the rejection reason of a record
    without one, its field the detail. Only rejected records keep their bytes, except dropped ones.
    `warned` adds the violated rules that only warn to the record's `warnings`, each with its field;
    `warnings` are the same as text, `RULE: FIELD`.
    """
    is_event = F.col("rejection_reason").isNull()
    found = parsed.withColumn("violations", F.when(is_event, violations_of(rules)))
    # Spark interprets functions that take a lambda, and nearly all events violate no rule.
    has_violations = F.size("violations") > 0
    rejecting = F.filter("violations", lambda one: one["on_violation"].isin("quarantine", "drop"))
    first = F.when(has_violations, F.get(rejecting, 0))
    marked = found.withColumn("rejected_by", first)
    is_dropped = F.coalesce(F.col("rejected_by.on_violation") == "drop", F.lit(False))  # noqa: FBT003
    violated = F.filter("violations", lambda one: one["on_violation"] == "warn")
    by_rule = F.transform(
        violated,
        lambda one: F.struct(one["rule"].alias("rule"), one["path"].alias("path")),
    )
    given = F.coalesce("warnings", F.array().cast(f"array<{_WARNING}>"))
    warned = F.when(has_violations, F.concat(given, by_rule)).otherwise(F.col("warnings"))
    reason = F.coalesce("rejection_reason", F.col("rejected_by.rule"))
    return (
        marked.withColumns(
            {
                "rejection_reason": reason,
                "detail": F.coalesce("detail", F.col("rejected_by.path")),
                "raw": F.when(reason.isNotNull() & ~is_dropped, F.col("raw")),
                "warned": F.when(F.size(warned) > 0, warned),
            }
        )
        .withColumn("warnings", _texts(F.col("warned")))
        .drop("rejected_by")
    )


def _texts(warned: Column) -> Column:
    texts = F.transform(warned, lambda one: F.concat_ws(": ", one["rule"], one["path"]))
    return F.when(warned.isNotNull(), texts)


def rule_counts(checked: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """silver.quality rows: per source, batch and rule, how many events were checked and violate it.

    Counts the records that parsed into an event. A warning of the parser counts as a rule that was
    checked on every event of the batch; it has a row only where a record has it.
    """
    events = checked.where(F.col("violations").isNotNull())
    warned = _warning_counts(events, rules)
    return _violation_counts(events, rules).unionByName(warned) if rules else warned


def _violation_counts(events: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """silver.quality rows of the rules, counted in one pass over a few columns."""
    counts = F.array(*[_counts(rule) for rule in rules])
    by_batch = events.groupBy("source", "batch").agg(counts.alias("rules"))
    each = by_batch.select("source", "batch", F.explode("rules").alias("one"))
    rows = each.where(F.col("one.checked") > 0).select(
        "source",
        "one.violation.*",
        F.col("one.checked").alias("checked_count"),
        F.col("one.violated").alias("violation_count"),
        "batch",
    )
    return rows.select(*QUALITY.columns)


def _warning_counts(events: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """silver.quality rows of the warnings that no rule gives."""
    names = [rule.name for rule in rules]
    own = F.filter("warned", lambda one: ~one["rule"].isin(names)) if names else F.col("warned")
    # One entry without a rule for each event: its count is that of the events.
    event = F.array(F.lit(None).cast(_WARNING))
    each = F.when(F.col("warned").isNull(), event).otherwise(F.concat(event, own))
    exploded = events.select("source", "batch", F.explode(each).alias("one"))
    counted = exploded.groupBy("source", "batch", "one.rule", "one.path").count()
    of_batch = Window.partitionBy("source", "batch")
    event_count = F.max(F.when(F.col("rule").isNull(), F.col("count"))).over(of_batch)
    found = counted.withColumn("checked_count", event_count).where(F.col("rule").isNotNull())
    return found.withColumns(
        {"on_violation": F.lit("warn"), "violation_count": F.col("count")}
    ).select(*QUALITY.columns)


def failed_rules(quality: DataFrame, rules: Sequence[Rule]) -> DataFrame:
    """Rows of silver.quality that stop the run: `fail` rules violated above their tolerance."""
    failing = [rule for rule in rules if rule.on_violation == "fail"]
    allowed = F.lit(0.0)
    for rule in failing:
        is_rule = (F.col("rule") == rule.name) & (F.col("path") == rule.field)
        allowed = F.when(is_rule, F.lit(rule.tolerance)).otherwise(allowed)
    is_above = F.col("violation_count") > F.col("checked_count") * allowed
    return quality.where((F.col("on_violation") == "fail") & is_above)


def _counts(rule: Rule) -> Column:
    return F.struct(
        rule.violation.alias("violation"),
        F.count_if(in_scope(rule)).alias("checked"),
        F.count_if(F.array_contains("violations", rule.violation)).alias("violated"),
    )
