"""Contracts of operation: runs with their reads and writes; the truth of the simulated world."""

from pyspark.sql import types as T

from cdp_spark.tables.contract import (
    DAY,
    FACT,
    INSTANT,
    PSEUDONYM,
    REAL,
    TEXT,
    TOKEN,
    Field,
    Table,
)

READ = T.StructType(
    [
        T.StructField("version", T.LongType()),
        T.StructField("mode", T.StringType()),
        T.StructField("row_count", T.LongType()),
    ]
)
WRITTEN = T.StructType(
    [
        T.StructField("version", T.LongType()),
        T.StructField("inserted_count", T.LongType()),
        T.StructField("updated_count", T.LongType()),
        T.StructField("deleted_count", T.LongType()),
    ]
)

RUN = Table(
    name="ops.run",
    kind=FACT,
    grain="one finished run of one job",
    key=("run_id",),
    fields=(
        Field("run_id", TEXT, "given, or derived from job and start", required=True),
        Field("job", TEXT, "file name of the job", required=True),
        Field("purpose", TEXT, "what the job declares", required=True),
        Field("as_of_on", DAY, "day of the results", required=True),
        Field("started_at", INSTANT, "start", required=True),
        Field("seconds", REAL, "time taken", required=True, unit="s"),
        Field("settings_hash", TOKEN, "of the job's settings", required=True),
        Field("code_version", TEXT, "of this package, and a hash of its code", required=True),
        Field("reads", T.MapType(T.StringType(), READ), "table → version read", required=True),
        Field("writes", T.MapType(T.StringType(), WRITTEN), "table → what changed", required=True),
    ),
)

TRUTH = Table(
    name="world.truth",
    kind=FACT,
    grain="one simulated event",
    key=("event_id",),
    fields=(
        Field("event_id", TEXT, "as in the event", required=True, personal=PSEUDONYM),
        Field("person_id", TOKEN, "the person", required=True, personal=PSEUDONYM),
    ),
)
