"""Lists that are delivered again and again: what each row is compared with the delivery before.

Every row names the delivery since which it is as it is. So an unchanged row is the same record
again, a row that changes back is a new one, and a row that is missing comes once more, marked as
left. The state is the last delivery in bronze.record; nothing else is stored.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.values.token import hashed

SINCE, LEFT = "$since", "$left"
_MARKS = rf',"\{SINCE}":"[^"]*"(,"\{LEFT}":"[^"]*")?\}}$'
_BEFORE_ALL = -(1 << 40)  # positions of rows that are not in the file
_OF_ROWS = ("file_id", "file", "delivered_at")


def snapshot_records(records: DataFrame, last: DataFrame | None, key: tuple[str, ...]) -> DataFrame:
    """The records of one delivery, marked, and those of the last delivery that left.

    `records` are those of one file; `last` the bronze.record rows of the delivery before, or None
    for the first. Rows without a key, and rows that do not fit their file, are compared by content
    only and never leave.
    """
    file_id = F.col("file_id")
    if last is None:
        return records.withColumn("raw", _marked(F.col("raw"), file_id))
    is_there = ~_text("raw").rlike(rf'"\{LEFT}":')
    before = last.where(is_there).select(
        F.regexp_replace(_text("raw"), _MARKS, "}").alias("content"),
        F.regexp_extract(_text("raw"), rf'"\{SINCE}":"([^"]*)"', 1).alias("since"),
        F.col("raw").alias("last_raw"),
        "position",
    )
    started = before.groupBy("content").agg(F.min("since").alias("since"))
    new = records.withColumn("content", _text("raw"))
    marked = new.join(started, on="content", how="left_outer").withColumn(
        "raw", _marked(F.col("raw"), F.coalesce("since", file_id))
    )
    listed = new.select(_key(F.col("content"), key).alias("row_key")).distinct()
    former = before.withColumn("row_key", _key(F.col("content"), key)).where(
        F.col("row_key").isNotNull()
    )
    left = former.join(listed, on="row_key", how="left_anti")
    origin = records.select(*_OF_ROWS).limit(1)
    gone = left.crossJoin(F.broadcast(origin)).select(
        hashed(file_id, F.lit("left"), F.col("position").cast("string")).alias("record_id"),
        *_OF_ROWS,
        (_BEFORE_ALL - F.col("position")).alias("position"),
        _left(F.col("last_raw"), file_id).alias("raw"),
    )
    return marked.select(*records.columns).unionByName(gone.select(*records.columns))


def _text(name: str) -> Column:
    return F.col(name).cast("string")


def _marked(raw: Column, since: Column) -> Column:
    """The JSON object with the mark as its last key."""
    return _with(raw, F.concat(F.lit(f',"{SINCE}":"'), since, F.lit('"}')))


def _left(raw: Column, file_id: Column) -> Column:
    return _with(raw, F.concat(F.lit(f',"{LEFT}":"'), file_id, F.lit('"}')))


def _with(raw: Column, end: Column) -> Column:
    text = raw.cast("string")
    return F.concat(F.substring(text, F.lit(1), F.length(text) - 1), end).cast("binary")


def _key(content: Column, key: tuple[str, ...]) -> Column:
    """A hash of the key's values; null if one of them is missing."""
    row = F.try_parse_json(content)
    values = [F.try_variant_get(row, f"$[{_quoted(name)}]", "string") for name in key]
    texts = F.concat_ws("\x1f", *[F.trim(one) for one in values])
    is_whole = values[0].isNotNull()
    for value in values[1:]:
        is_whole &= value.isNotNull()
    return F.when(is_whole, F.sha2(texts, 256))


def _quoted(name: str) -> str:
    quote = '"' if "'" in name else "'"
    return f"{quote}{name}{quote}"
