"""Contracts of bronze: what was delivered, as it came."""

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
    grain="one delivery, taken or refused whole: a file, a range of offsets or of a cursor",
    key=("file_id",),
    fields=(
        Field("file_id", TOKEN, "hash of source, file and content", required=True),
        Field("source", TEXT, "name of the source in conf/sources.yaml", required=True),
        Field("file", TEXT, "path below the landing folder, or STREAM/START..END", required=True),
        Field(
            "sha256", TEXT, "of the stored bytes; null where they could not be read, and of ranges"
        ),
        Field("size_bytes", WHOLE, "as stored; 0 of a range", required=True, unit="bytes"),
        Field("modified_at", INSTANT, "as the folder says", volatile=True),
        Field("record_count", WHOLE, "records found before any of it was taken", required=True),
        Field("is_refused", FLAG, "true: no record of it was taken", required=True),
        Field("reason", TEXT, "why it was refused"),
        Field(
            "batch", WHOLE, "number of the batch within the source", required=True, volatile=True
        ),
        Field("taken_at", INSTANT, "when it was planned", required=True, volatile=True),
    ),
    clustering=("source",),
)

RECORD = Table(
    name="bronze.record",
    kind=FACT,
    grain="one delivered record, as it came",
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
        Field("file_id", TOKEN, "the file or range it came in", required=True),
        Field("file", TEXT, "path below the landing folder, or the range", required=True),
        Field(
            "position",
            WHOLE,
            "byte offset of a line, number of a row, offset or cursor",
            required=True,
        ),
        Field(
            "raw", BYTES, "the bytes, or canonical JSON of a row", required=True, personal=DIRECT
        ),
        Field("raw_hash", WHOLE, "xxhash64 of raw, for order-free fingerprints", required=True),
        Field("batch", WHOLE, "batch within the source", required=True, volatile=True),
        Field(
            "delivered_at",
            INSTANT,
            "when it was delivered, as the folder or broker says",
            volatile=True,
        ),
        Field("landed_at", INSTANT, "when it reached bronze", required=True, volatile=True),
        Field("organisation", TEXT, "whose data it is", required=True),
        Field("region", TEXT, "where it may be kept", required=True),
    ),
    reads=(FILE,),
    clustering=("source", "file_id"),
)

DELIVERY_CHECK = Table(
    name="bronze.delivery_check",
    kind=FACT,
    grain="one promise of one source: of one batch, of one day, or of its last delivery",
    key=("source", "promise", "scope"),
    fields=(
        Field("source", TEXT, "name of the source", required=True),
        Field("promise", TEXT, "freshness, batch or day", required=True),
        Field("scope", TEXT, "number of the batch, the day, or 'latest'", required=True),
        Field("verb", TEXT, "warn or fail", required=True),
        Field("record_count", WHOLE, "records that came; null of freshness"),
        Field("least_count", WHOLE, "fewest there may be"),
        Field("most_count", WHOLE, "most there may be"),
        Field(
            "delivered_at",
            INSTANT,
            "when the batch was planned, the day ended or the last delivery came; of a source "
            "that never delivered, its first run",
            required=True,
            volatile=True,
        ),
        Field(
            "due_at", INSTANT, "freshness: when the next delivery has to be there", volatile=True
        ),
        Field("is_broken", FLAG, "true: the promise was not kept", required=True),
    ),
    reads=(FILE,),
    clustering=("source",),
)
