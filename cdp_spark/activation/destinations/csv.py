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
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.activation.destination import Destination, Receipt, Target
from cdp_spark.files.content import read_text, write_text
from cdp_spark.files.folders import (
    create_folder,
    files_in,
    folder_names,
    move_file,
    remove_folder,
)
from cdp_spark.files.locations import as_uri

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
    folder = target.folder
    parts = f"parts-{receipt.fingerprint}"
    manifest = _manifest(receipt, target, cells.columns)
    if not _is_complete(folder, manifest):
        _write_parts(cells, receipt, target)
        _move_parts(f"{folder}/{_WRITING}", f"{folder}/{parts}")
        files = folder_names(f"{folder}/{parts}")
        manifest_text = json.dumps({**manifest, "files": files}, indent=2)
        write_text(f"{folder}/{_MANIFEST}", manifest_text + "\n")
    _remove_others(folder, keep=parts)
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
        .csv(f"{as_uri(target.folder)}/{_WRITING}")
    )


def _move_parts(written: str, parts: str) -> None:
    # Spark names files at random and adds checksums and a marker: only the parts are moved. File
    # by file, because object stores cannot rename a folder; the manifest makes them visible.
    remove_folder(parts)
    create_folder(parts)
    for file in files_in(written):
        if found := _PART.match(file.name):
            move_file(file.uri, f"{parts}/part-{found[1]}.csv")
    remove_folder(written)


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


def _is_complete(folder: str, manifest: dict[str, Any]) -> bool:
    """Whether exactly the files of this manifest are present."""
    stored = read_text(f"{folder}/{_MANIFEST}")
    if not stored:
        return False
    found = json.loads(stored)
    files = found.pop("files")
    return bool(found == manifest and files == folder_names(f"{folder}/{manifest['folder']}"))


def _remove_others(folder: str, *, keep: str) -> None:
    # Files of an earlier run of the day hold personal data: they are not kept.
    for name in folder_names(folder):
        if name.startswith("parts-") and name != keep:
            remove_folder(f"{folder}/{name}")


DESTINATION = Destination(kind="csv", write=write)
