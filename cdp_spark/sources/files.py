"""Which files a source was delivered, and what a check of each finds before any row is read."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyarrow import csv, fs, parquet
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.sources import Layout, SourceUnreadable
from cdp_spark.sources.streams import inflated, is_archive, opened, stored_chunks

LISTED = "file string, uri string, size_bytes long, modified_at timestamp"
CHECKED = f"{LISTED}, sha256 string, record_count long, reason string"
_BROKEN, _EMPTY, _MISSING, _LONG, _UNREADABLE = (
    "broken_archive", "empty_file", "missing_file", "record_too_long", "unreadable_file",
)  # fmt: skip


def listed_files(spark: SparkSession, folder: str) -> DataFrame:
    """One row per file below a folder that is ready to be taken.

    Names that start with `_` or `.` or end in `.part` are not.

    The list is held on the driver: about 300 bytes a file.

    Raises:
        SourceUnreadable: there is no such folder.
    """
    system, path = opened(folder)
    if system.get_file_info(path).type != fs.FileType.Directory:
        raise SourceUnreadable(f"{folder}: no such folder; create it or correct `path` in sources")
    found = system.get_file_info(fs.FileSelector(path, recursive=True))
    prefix = folder[: len(folder) - len(path)] if folder.endswith(path) else ""
    rows = [
        (info.path[len(path) :].lstrip("/"), prefix + info.path, info.size, info.mtime)
        for info in sorted(found, key=lambda info: str(info.path))
        if info.type == fs.FileType.File
        and not info.base_name.startswith(("_", "."))
        and not info.base_name.endswith((".part", ".crc"))
    ]
    return spark.createDataFrame(rows, LISTED)


def checked_files(files: DataFrame, layout: Layout, longest_record: int) -> DataFrame:
    """The files with SHA-256, number of records and, where it can't be taken, the reason.

    Each file is read once by one task. `missing_file`: gone since it was listed;
    `broken_archive`: a gzip damaged or without its end; `empty_file`: no record;
    `record_too_long`: one of more than `longest_record` bytes; `unreadable_file`: not of its
    layout, or it can't be opened.
    """

    def check(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = [_checked(row, layout, longest_record) for row in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(rows, schema=_CHECKED_SCHEMA)

    return files.mapInArrow(check, CHECKED)


_CHECKED_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("uri", pa.string()),
        ("size_bytes", pa.int64()),
        ("modified_at", pa.timestamp("us", tz="UTC")),
        ("sha256", pa.string()),
        ("record_count", pa.int64()),
        ("reason", pa.string()),
    ]
)


def _checked(row: dict[str, Any], layout: Layout, longest_record: int) -> dict[str, Any]:
    found: dict[str, Any] = {"sha256": None, "record_count": 0, "reason": None}
    uri = row["uri"]
    stored = _Digested(stored_chunks(uri))
    try:
        chunks = inflated(iter(stored)) if is_archive(uri) else iter(stored)
        if layout == "lines":
            tally = _tally(chunks)
            found |= {"record_count": tally.lines, "reason": tally.reason(longest_record)}
        else:
            found["record_count"] = row_count(uri, layout)
            found["reason"] = None if found["record_count"] else _EMPTY
    except FileNotFoundError:
        return row | found | {"reason": _MISSING}
    except (zlib.error, EOFError):
        found["reason"] = _BROKEN
    except (pa.ArrowInvalid, OSError):
        found["reason"] = _UNREADABLE if row["size_bytes"] else _EMPTY
    if found["reason"]:
        found["record_count"] = 0
    return row | found | {"sha256": stored.rest()}


@dataclass
class _Tally:
    """What one pass over a file of lines found."""

    lines: int = 0
    longest: int = 0

    def reason(self, longest_record: int) -> str | None:
        """Why the file can't be taken."""
        if self.longest > longest_record:
            return _LONG
        return None if self.lines else _EMPTY


class _Digested:
    """Chunks passed on, and their SHA-256 when they have run out."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            yield chunk

    def rest(self) -> str | None:
        """SHA-256 of all chunks, those not asked for included; none where they can't be read."""
        try:
            for _ in self:
                pass
        except OSError:
            return None
        return self._digest.hexdigest()


def _tally(chunks: Iterator[bytes]) -> _Tally:
    tally, carried = _Tally(), b""
    for chunk in chunks:
        *whole, carried = (carried + chunk).split(b"\n")
        filled = [line for line in whole if line.strip()]
        tally.lines += len(filled)
        tally.longest = max(tally.longest, len(carried), *map(len, filled), 0)
    tally.lines += bool(carried.strip())
    return tally


def row_count(uri: str, layout: Layout) -> int:
    """Rows of a table file, those that do not fit its columns included.

    Raises:
        pyarrow.ArrowInvalid: it is not of its layout.
    """
    system, path = opened(uri)
    if layout == "parquet":
        with system.open_input_file(path) as stream:
            return int(parquet.ParquetFile(stream).metadata.num_rows)
    ragged = 0

    def skip(_: csv.InvalidRow) -> str:
        nonlocal ragged
        ragged += 1
        return "skip"

    with system.open_input_stream(path) as stream:
        reader = csv.open_csv(stream, parse_options=csv.ParseOptions(invalid_row_handler=skip))
        whole = sum(int(batch.num_rows) for batch in reader)
    return whole + ragged
