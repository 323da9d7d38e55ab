"""Contracts of bronze: files and records as received."""

from cdp_spark.tables.contract import (
    BYTES,
    DIRECT,
    FACT,
    FLAG,
    INSTANT,
    TEXT,
    TOKEN,
    WHOLE,
    Field,
    Table,
)

FILE = Table(
    name="bronze.file",
    kind=FACT,
    grain="one file, range of offsets or range of a cursor, ingested or rejected as a whole",
    key=("file_id",),
    fields=(
        Field("file_id", TOKEN, "hash of source, file and content", required=True),
        Field("source", TEXT, "name of the source in conf/sources.yaml", required=True),
        Field("file", TEXT, "path below the landing folder, or STREAM/START..END", required=True),
        Field("sha256", TEXT, "of the stored bytes; null if unreadable, and for ranges"),
        Field("size_bytes", WHOLE, "as stored; 0 for a range", required=True, unit="bytes"),
        Field("modified_at", INSTANT, "modification time in the folder", volatile=True),
        Field("record_count", WHOLE, "records found before ingestion", required=True),
        Field("is_rejected", FLAG, "true: no record of it was ingested", required=True),
        Field("reason", TEXT, "why it was rejected"),
        Field(
            "batch", WHOLE, "number of the batch within the source", required=True, volatile=True
        ),
        Field("taken_at", INSTANT, "when its ingestion was planned", required=True, volatile=True),
    ),
    clustering=("source",),
)

RECORD = Table(
    name="bronze.record",
    kind=FACT,
    grain="one record, as received",
    key=("record_id",),
    fields=(
        Field(
            "record_id",
            TOKEN,
            "hash of file and position, of an offset, or of a row's key and cursor",
            required=True,
        ),
        Field("source", TEXT, "name of the source", required=True),
        Field("format", TEXT, "name of the format that parses it", required=True),
        Field("file_id", TOKEN, "the file or range that contains it", required=True),
        Field("file", TEXT, "path below the landing folder, or the range", required=True),
        Field(
            "position",
            WHOLE,
            "byte offset of a line, k more for its k-th part; number of a row, offset or cursor",
            required=True,
        ),
        Field(
            "raw",
            BYTES,
            "the bytes of the record or part, or canonical JSON of a row",
            required=True,
            personal=DIRECT,
        ),
        Field("raw_hash", WHOLE, "xxhash64 of raw, for order-free fingerprints", required=True),
        Field("batch", WHOLE, "batch within the source", required=True, volatile=True),
        Field(
            "delivered_at",
            INSTANT,
            "when it was delivered, by the folder or broker",
            volatile=True,
        ),
        Field("landed_at", INSTANT, "when it reached bronze", required=True, volatile=True),
        Field("organisation", TEXT, "owner of the data", required=True),
        Field("region", TEXT, "where it may be stored", required=True),
    ),
    reads=(FILE,),
    clustering=("source", "file_id"),
)

DELIVERY_CHECK = Table(
    name="bronze.delivery_check",
    kind=FACT,
    grain="one delivery expectation of one source, for a batch, a day or the last file",
    key=("source", "expectation", "scope"),
    fields=(
        Field("source", TEXT, "name of the source", required=True),
        Field("expectation", TEXT, "freshness, batch or day", required=True),
        Field("scope", TEXT, "number of the batch, the day, or 'latest'", required=True),
        Field("on_violation", TEXT, "warn or fail", required=True),
        Field("record_count", WHOLE, "records received; null for freshness"),
        Field("least_count", WHOLE, "fewest records expected"),
        Field("most_count", WHOLE, "most records expected"),
        Field(
            "delivered_at",
            INSTANT,
            "when the batch was planned, the day ended or the last file came; for a source "
            "without files, its first run",
            required=True,
            volatile=True,
        ),
        Field("due_at", INSTANT, "freshness: when the next file is due", volatile=True),
        Field("is_failed", FLAG, "true: the expectation failed", required=True),
    ),
    reads=(FILE,),
    clustering=("source",),
)
