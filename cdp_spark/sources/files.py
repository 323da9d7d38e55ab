"""Lists the files of a source, and checks each before any row is read."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession

from cdp_spark.files.content import inflated, is_archive, stored_chunks
from cdp_spark.files.folders import files_in, is_folder
from cdp_spark.semantics.sizes import small_bytes
from cdp_spark.sources import Layout, SourceUnreadable
from cdp_spark.sources.layouts import reader_of
from cdp_spark.sources.partitions import evenly_partitioned
from cdp_spark.sources.reader import BROKEN, ENCODING, LONG, UNREADABLE, FileRejected
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings, split_of
from cdp_spark.sources.splits import Split

LISTED = pa.schema(
    [
        ("file", pa.string()),
        ("uri", pa.string()),
        ("size_bytes", pa.int64()),
        ("modified_at", pa.timestamp("us", tz="UTC")),
    ]
)
CHECKED = pa.schema(
    [
        *LISTED,
        ("sha256", pa.string()),
        ("record_count", pa.int64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
    ]
)
_COLUMNS = (
    "file string, uri string, size_bytes long, modified_at timestamp, "
    "sha256 string, record_count long, reason string, detail string"
)
_FEW_FILES = 64
_EMPTY, _MISSING = "empty_file", "missing_file"


def listed_files(folder: str) -> pa.Table:
    """One row per file below a folder that is ready to be read.

    Files that end in `.part` or `.crc` are not, nor those that start with `_` or `.`, nor files in
    folders of such names. The list is held on the driver: about 300 bytes a file.

    Raises:
        SourceUnreadable: there is no such folder, or it can't be listed.
    """
    root = folder.rstrip("/")
    try:
        if not is_folder(root):
            raise SourceUnreadable(
                f"{root}: no such folder; create it or correct `path` in sources"
            )
        rows = [
            {
                "file": file.name,
                "uri": file.uri,
                "size_bytes": file.size_bytes,
                "modified_at": file.modified_at,
            }
            for file in files_in(root, is_recursive=True)
            if _is_ready(file.name)
        ]
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceUnreadable(
            f"{root}: can't be listed: {error}; check `path` in sources"
        ) from error
    return pa.Table.from_pylist(rows, schema=LISTED)


def _is_ready(file: str) -> bool:
    is_hidden = any(part.startswith(("_", ".")) for part in file.split("/"))
    return not is_hidden and not file.endswith((".part", ".crc"))


def is_small_input(files: pa.Table, layout: Layout, most_bytes: int) -> bool:
    """Whether this process reads the files itself: a few small ones of the layout `lines`.

    For so little input, planning a Spark job takes longer than reading.
    """
    size = pc.sum(files["size_bytes"]).as_py() or 0
    is_few = files.num_rows <= _FEW_FILES and size <= most_bytes
    return layout == "lines" and is_few and most_bytes > 0


def checked_files(
    spark: SparkSession,
    files: pa.Table,
    layout: Layout,
    longest_record: int,
    reading: ReadingSettings = DEFAULT_READING,
) -> pa.Table:
    """The files with SHA-256, number of records, and the rejection reason if there is one.

    Each file is read by one task, or by this process if there is little. Reasons:
    `missing_file`: it disappeared after it was listed; `broken_archive`: a damaged or truncated
    gzip; `empty_file`: no records; `record_too_long`: a record above `longest_record` bytes;
    `file_too_large`: a layout that must be held whole, and above `largest_document`;
    `wrong_encoding`: bytes that are not text in the source's encoding; `missing_sheet`: a workbook
    without the configured sheet; `has_doctype`: XML with a document type; `duplicate_column`: a
    column name twice; `missing_column`: no column of a name that the settings have;
    `unreadable_file`: not of its layout, or it can't be opened. `detail` has names of columns: of
    a file without a reason, those that it lacks.
    """

    def check(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = [checked_file(row, layout, longest_record, reading) for row in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(rows, schema=CHECKED)

    listed = files.select(LISTED.names)
    if is_small_input(listed, layout, small_bytes(spark)):
        return pa.Table.from_batches(check(iter(listed.to_batches())), schema=CHECKED)
    checked = evenly_partitioned(spark.createDataFrame(listed)).mapInArrow(check, _COLUMNS)
    return checked.toArrow().cast(CHECKED).sort_by("file")


def checked_file(
    row: dict[str, Any], layout: Layout, longest_record: int, reading: ReadingSettings
) -> dict[str, Any]:
    """One file's row of `checked_files`; `row` has at least `uri` and `size_bytes`."""
    found: dict[str, Any] = {"sha256": None, "record_count": 0, "reason": None, "detail": None}
    uri = row["uri"]
    stored = _Digested(stored_chunks(uri))
    try:
        if layout == "lines":
            chunks = inflated(iter(stored)) if is_archive(uri) else iter(stored)
            found["record_count"] = _line_count(chunks, longest_record, split_of(reading))
        else:
            reader = reader_of(layout)
            found["record_count"] = reader.checked_count(uri, reading, longest_record)
            found["detail"] = reader.lacking(uri, reading) or None
        found["reason"] = None if found["record_count"] else _EMPTY
    except FileNotFoundError:
        return row | found | {"reason": _MISSING}
    except (FileRejected, zlib.error, EOFError, UnicodeError, pa.ArrowException, OSError) as error:
        found["reason"] = _reason(error, uri) if row["size_bytes"] else _EMPTY
        found["detail"] = getattr(error, "detail", None)
    found["sha256"] = stored.sha256()
    if found["sha256"] is None:
        found["reason"] = UNREADABLE
    if found["reason"]:
        found["record_count"] = 0
    return row | found


def _reason(error: Exception, uri: str) -> str:
    match error:
        case FileRejected():
            return str(error)
        case zlib.error() | EOFError():
            return BROKEN
        case UnicodeError():
            return ENCODING
        case OSError() if is_archive(uri) and not isinstance(error, pa.ArrowException):
            return BROKEN
        case _:
            return UNREADABLE


class _Digested:
    """An iterator over chunks that computes their SHA-256."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._digest = hashlib.sha256()
        self._is_readable = True

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._chunks:
                self._digest.update(chunk)
                yield chunk
        except (pa.ArrowException, OSError):
            self._is_readable = False
            raise

    def sha256(self) -> str | None:
        """SHA-256 of all chunks, reading the remaining ones; None if they can't be read."""
        with suppress(pa.ArrowException, OSError):
            for _ in self:
                pass
        return self._digest.hexdigest() if self._is_readable else None


def _line_count(chunks: Iterator[bytes], longest_record: int, split: Split | None) -> int:
    lines, remainder = 0, b""
    for chunk in chunks:
        text = remainder + chunk
        *whole, remainder = text.split(b"\n")
        filled = [line for line in whole if line.strip()]
        lines += _part_count(filled, split) if split and split.may_apply(text) else len(filled)
        # Also checks the remainder: a file without line feeds would be held in memory whole.
        if max(len(remainder), *map(len, filled), 0) > longest_record:
            raise FileRejected(LONG)
    last = [remainder] if remainder.strip() else []
    return lines + (_part_count(last, split) if split else len(last))


def _part_count(lines: list[bytes], split: Split) -> int:
    return sum(split.count(line) for line in lines)
