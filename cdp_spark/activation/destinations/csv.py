"""Comma-separated files with a manifest, for a CRM or mail system to fetch.

`manifest.json` names the folder of the day's files and is replaced in one step: a reader that
follows it sees the old files or the new ones, never a mix. The folder is named after its content,
so the same rows leave the same bytes. RFC 4180, UTF-8, each cell quoted, LF.

Decided: one line per row, so control characters and line breaks within a cell become blanks. Text
that a spreadsheet would take for a formula gets an apostrophe before it, also a phone number in
+44… form: for a system that needs the plain number send `phone_sha256`, or add a kind.
"""

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

from pyarrow import fs
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.activation.destination import Destination, Receipt, Target

_CONTROL = r"[\p{Cntrl}\u2028\u2029]+"
# Full-width forms too: some spreadsheets fold them to the plain sign.
_FORMULA = r"^[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]"
_PART = re.compile(r"^part-(\d{5})-.*\.csv$")
_WRITING = ".writing"
_MANIFEST = "manifest.json"


def cell(value: Column, kind: T.DataType) -> Column:
    """A value as a cell of one line that is not taken for a formula; null is empty."""
    if not isinstance(kind, T.StringType):
        return value.cast("string")
    text = F.trim(F.regexp_replace(value, _CONTROL, " "))
    return F.when(text.rlike(_FORMULA), F.concat(F.lit("'"), text)).otherwise(text)


def write(rows: DataFrame, target: Target) -> Receipt:
    """Make the target's folder hold exactly these rows.

    A file has about `rows_per_file` rows; a row's file depends on its content and the rows within
    it are sorted, so the order of the input does not matter.
    """
    kinds = {one.name: one.dataType for one in rows.schema}
    cells = rows.select(*[cell(F.col(name), kind).alias(name) for name, kind in kinds.items()])
    receipt = _receipt(cells, target)
    system, path = _opened(target.folder)
    parts = f"{path}/parts-{receipt.fingerprint}"
    manifest = _manifest(receipt, target, cells.columns)
    if not _is_complete(system, f"{path}/{_MANIFEST}", manifest, parts):
        _write_parts(cells, receipt, target)
        _take_over(system, f"{path}/{_WRITING}", parts)
        manifest_text = json.dumps({**manifest, "files": _names(system, parts)}, indent=2)
        _replace_text(system, f"{path}/{_MANIFEST}", manifest_text + "\n")
    _remove_others(system, path, keep=parts)
    return receipt


def _receipt(cells: DataFrame, target: Target) -> Receipt:
    content = F.xxhash64(F.to_json(F.struct("*")))
    total = F.sum(content.cast("decimal(38,0)"))
    # One row: a count and a sum.
    row_count, summed = cells.agg(F.count(F.lit(1)), total).collect()[0]
    fingerprinted = json.dumps([cells.columns, target.rows_per_file, row_count, str(summed)])
    return Receipt(
        target.destination, row_count, hashlib.sha256(fingerprinted.encode()).hexdigest()[:16]
    )


def _write_parts(cells: DataFrame, receipt: Receipt, target: Target) -> None:
    count = max(1, math.ceil(receipt.row_count / target.rows_per_file))
    spread = cells.repartition(count, *cells.columns).sortWithinPartitions(*cells.columns)
    (
        spread.write.mode("overwrite")
        .option("header", value=True)
        .option("quoteAll", value=True)
        .option("escape", '"')
        .option("lineSep", "\n")
        .option("nullValue", "")
        .option("emptyValue", "")
        .option("ignoreLeadingWhiteSpace", value=False)
        .option("ignoreTrailingWhiteSpace", value=False)
        .option("compression", "none")
        .csv(f"{_as_uri(target.folder)}/{_WRITING}")
    )


def _take_over(system: fs.FileSystem, written: str, parts: str) -> None:
    # Spark names files at random and adds checksums and a marker: only the parts are moved. File
    # by file, because object stores cannot rename a folder; the manifest makes them visible.
    _remove(system, parts)
    system.create_dir(parts)
    for info in system.get_file_info(fs.FileSelector(written)):
        if found := _PART.match(info.base_name):
            system.move(info.path, f"{parts}/part-{found[1]}.csv")
    _remove(system, written)


def _manifest(receipt: Receipt, target: Target, columns: list[str]) -> dict[str, Any]:
    return {
        "destination": target.destination,
        "segment": target.segment,
        "purpose": target.purpose,
        "as_of_on": target.as_of.isoformat(),
        "columns": columns,
        "row_count": receipt.row_count,
        "folder": f"parts-{receipt.fingerprint}",
    }


def _is_complete(system: fs.FileSystem, file: str, manifest: dict[str, Any], parts: str) -> bool:
    """Whether exactly the files of this manifest are present."""
    if system.get_file_info(file).type == fs.FileType.NotFound:
        return False
    with system.open_input_stream(file) as stored:
        found = json.loads(stored.read())
    files = found.pop("files")
    return bool(found == manifest and files == _names(system, parts))


def _names(system: fs.FileSystem, folder: str) -> list[str]:
    selected = fs.FileSelector(folder, allow_not_found=True)
    return sorted(info.base_name for info in system.get_file_info(selected))


def _replace_text(system: fs.FileSystem, path: str, text: str) -> None:
    with system.open_output_stream(path + _WRITING) as out:
        out.write(text.encode())
    system.move(path + _WRITING, path)


def _remove(system: fs.FileSystem, folder: str) -> None:
    if system.get_file_info(folder).type != fs.FileType.NotFound:
        system.delete_dir(folder)


def _remove_others(system: fs.FileSystem, path: str, *, keep: str) -> None:
    # Files of an earlier run of the day hold personal data: they are not kept.
    for name in _names(system, path):
        if name.startswith("parts-") and f"{path}/{name}" != keep:
            _remove(system, f"{path}/{name}")


def _opened(folder: str) -> tuple[fs.FileSystem, str]:
    system, path = fs.FileSystem.from_uri(_as_uri(folder).replace("s3a://", "s3://", 1))
    system.create_dir(path, recursive=True)
    return system, path


def _as_uri(folder: str) -> str:
    # Without a scheme Spark would use the cluster's default file system.
    return folder if "://" in folder else Path(folder).absolute().as_uri()


DESTINATION = Destination(kind="csv", write=write)
