"""The fields and types in each batch of a source; schema drift is computed from them."""

import re
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables.silver import SHAPE
from cdp_spark.values.field_name import looks_like_field_name

_LONGEST = 200_000  # characters of a record's schema; longer ones are not split into fields
_DEEPEST = 6
_FIRST = 1 << 20  # bytes of a line file, or rows of another, in which each record is sampled
_ONE_IN = 32  # a power of two
_KINDS = {
    "STRING": "text", "BOOLEAN": "flag", "OBJECT": "object", "ARRAY": "list", "VOID": "null",
    "VARIANT": "mixed", "DATE": "text", "BINARY": "text", "UUID": "text",
}  # fmt: skip
_TOKEN = re.compile(r"`(?:[^`]|``)*`|[<>,:]|[^<>,:`\s][^<>,:`]*")
_DIGITS = re.compile(r"\(\d+,\s*\d+\)")  # of DECIMAL(30,0): one type for all
_FIELDS = pa.schema(
    [("source", pa.string()), ("batch", pa.int64()), ("path", pa.string()), ("type", pa.string()),
     ("record_count", pa.int64()), ("landed_at", pa.timestamp("us", tz="UTC"))]
)  # fmt: skip


def shape_of(body: Column) -> Column:
    """The schema of a sampled record as Spark writes it; null for all other records.

    A large file has few schemas. The records in its first MiB (or as many rows) are sampled, and
    one in 32 of the rest, chosen by hash, so a second run samples the same ones. Every record of a
    Kafka or table range is sampled.
    """
    schema = F.schema_of_variant(F.try_variant_get(body, "$[0]", "variant"))
    shown = F.when(F.length(schema) <= _LONGEST, schema).otherwise(F.lit("OBJECT<>"))
    is_chosen = F.col("raw_hash").bitwiseAND(_ONE_IN - 1) == 0
    return F.when((_is_first() | is_chosen) & body.isNotNull(), shown)


def _is_first() -> Column:
    return (F.col("position") < _FIRST) | F.col("file").contains("..")


def shapes_of(parsed: DataFrame) -> DataFrame:
    """silver.shape rows of parsed records: per source, batch, path and type, how many have it.

    `record_count` is exact for the first MiB of a file and for ranges. Beyond it, each sampled
    record counts as 32. Records of one schema are counted together, so each is parsed once.
    """
    by_schema = (
        parsed.where(F.col("shape").isNotNull())
        .groupBy("source", "batch", "shape")
        .agg(
            F.sum(F.when(_is_first(), 1).otherwise(_ONE_IN)).alias("record_count"),
            F.min("landed_at").alias("landed_at"),
        )
    )
    kind = "source string, batch long, path string, type string, record_count long"
    fields = by_schema.mapInArrow(_fields, f"{kind}, landed_at timestamp")
    return (
        fields.groupBy("source", "batch", "path", "type")
        .agg(F.sum("record_count").alias("record_count"), F.min("landed_at").alias("landed_at"))
        .select(*SHAPE.columns)
    )


def _fields(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for row in batch.to_pylist():
            common = {key: row[key] for key in ("source", "batch", "record_count", "landed_at")}
            rows = [common | {"path": p, "type": t} for p, t in sorted(fields_in(row["shape"]))]
            if rows:
                yield pa.RecordBatch.from_pylist(rows, schema=_FIELDS)


def fields_in(schema: str) -> set[tuple[str, str]]:
    """Path and type of every field of a schema such as `OBJECT<a: BIGINT, b: ARRAY<STRING>>`.

    Elements of lists have `[]` in their path; a name that may be a value is `*`.
    """
    found: set[tuple[str, str]] = set()
    above: list[str] = []  # paths of the enclosing objects and lists; recursion has a limit
    path, word, is_name = "", "", False
    for token in _TOKEN.findall(_DIGITS.sub("", schema)):
        match token:
            case "<":
                above.append(path)
                is_name = word != "ARRAY"
                path = path if is_name else f"{path}[]"
            case ">":
                path = above.pop()
            case ",":
                path, is_name = above[-1], True
            case ":":
                is_name = False
            case _ if is_name:
                shown = _shown(token, is_column=not above[-1])
                path = f"{above[-1]}.{shown}".removeprefix(".")
            case _:
                word = token.strip()
                found.add((path, _kind(word)))
    return {(path, kind) for path, kind in found if path and path.count(".") < _DEEPEST}


def _shown(name: str, *, is_column: bool) -> str:
    plain = name[1:-1].replace("``", "`") if name.startswith("`") else name.strip()
    # Field names are not personal; keys of maps may be: a person's name, an address, a number.
    is_name = looks_like_field_name(plain, is_column=is_column) and "." not in plain
    return plain if is_name else "*"


def _kind(word: str) -> str:
    return "text" if word.startswith("TIMESTAMP") else _KINDS.get(word, "number")
