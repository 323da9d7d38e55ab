"""What was rejected and waits for a fix: by file and by reason, and how it is shown."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console

from cdp_spark.bronze import rejected_files
from cdp_spark.commands.shared.examples import masked
from cdp_spark.commands.shared.output import add_row, table
from cdp_spark.lake import Lake
from cdp_spark.silver import outcomes_by_file, waiting_groups, waiting_records
from cdp_spark.sources.settings import SourcesSettings
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.silver import DISMISSAL, DUPLICATE, REJECTED

_SHOWN_FILES = 20
_ADDRESS = re.compile(r"[^/\s@]+@[^/\s@]+")
_MEND_FILE = {
    "empty_file": "ask the sender for a file with records",
    "broken_archive": "copy or download the file again, whole",
    "wrong_encoding": "set reading.encoding of the source (cdp init source proposes it)",
    "missing_file": "put the file back; it is tried again by the next run",
    "missing_sheet": "set reading.sheet of the source",
    "record_too_long": "raise sources.longest_record, or split the record",
    "file_too_large": "split the file, or raise reading.largest_document",
}
_DEFAULT_MEND = "check that format and reading of the source fit the file (cdp init source)"

Row = dict[str, Any]


@dataclass(frozen=True)
class Rejections:
    """Rejections that wait: outcomes by file, records by reason, and files rejected whole.

    `received_count`: records of the batches that they came in.
    """

    by_file: Sequence[Row] = ()
    groups: Sequence[Row] = ()
    files: Sequence[Row] = ()
    received_count: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.groups or self.files)

    @property
    def share(self) -> float:
        """Share of the received records that wait."""
        waiting = sum(row["record_count"] for row in self.groups)
        return waiting / self.received_count if self.received_count else 0.0

    def is_above(self, limit: float) -> bool:
        """Whether the share is above the limit, or nothing of some file was accepted.

        A limit of 1 allows both.
        """
        is_whole = bool(self.files) or any(not row["accepted_count"] for row in self.by_file)
        return self.share > limit or (is_whole and limit < 1)

    def only(self, source: str = "", reason: str = "") -> "Rejections":
        """Those of one source and one reason; all where they are empty."""

        def is_wanted(row: Row) -> bool:
            return source in {"", row["source"]} and reason in {"", row.get("reason", reason)}

        chosen = {
            name: [row for row in getattr(self, name) if is_wanted(row)]
            for name in ("by_file", "groups", "files")
        }
        return replace(self, **chosen)  # type: ignore[arg-type]

    def counted(self) -> str:
        """How many records and files wait, as words."""
        records = sum(row["record_count"] for row in self.groups)
        return f"{records:,} records and {len(self.files):,} files"

    def as_json(self) -> list[Row]:
        """One object per reason; `file` is set for files rejected whole."""
        files = [
            {name: row[name] for name in ("source", "file", "reason")}
            | {"detail": None, "record_count": 0, "example": "", "next": _mend(row)}
            for row in self.files
        ]
        return [*(group | {"replay": _replay(group)} for group in self.groups), *files]


def rejections_of(lake: Lake, sources: SourcesSettings) -> Rejections:
    """The rejections of a lake that wait; needs no Spark job where nothing was ever rejected.

    Names of fields that the settings have are shown in examples, whatever they look like.
    """
    files = rejected_files_of(lake)
    if not lake.table_count(REJECTED):
        return Rejections(files=files)
    records, rejected = lake.read(RECORD), lake.read(REJECTED)
    waiting = waiting_records(rejected, lake.read(DISMISSAL), lake.read(FILE), records)
    waiting = lake.materialize("waiting", waiting)
    groups = [row.asDict() for row in waiting_groups(waiting).collect()]
    if not groups:
        return Rejections(files=files)
    by_file = outcomes_by_file(waiting, records, rejected, lake.read(DUPLICATE)).collect()
    rows = [row.asDict() for row in by_file]
    batches = {(row["source"], row["batch"]) for row in rows}
    received = sum(
        row["record_count"]
        for row in lake.fetch(FILE).to_pylist()
        if (row["source"], row["batch"]) in batches
    )
    names = {one.name: frozenset(one.mapped_columns) for one in sources.entries}
    shown = [
        group | {"example": masked(group["example"], names.get(group["source"], frozenset()))}
        for group in groups
    ]
    return Rejections(rows, shown, files, received)


def rejected_files_of(lake: Lake) -> list[Row]:
    """Files rejected whole that wait: not delivered again, and not dismissed."""
    until = {
        (row["source"], row["reason"]): row["batch"]
        for row in sorted(lake.fetch(DISMISSAL).to_pylist(), key=lambda row: row["batch"])
    }
    return [
        row
        for row in rejected_files(lake.fetch(FILE)).to_pylist()
        if row["batch"] > until.get((row["source"], row["reason"]), -1)
    ]


def show_rejections(found: Rejections, out: Console, *, has_next: bool = True) -> None:
    """Print the outcomes of each file, the reasons with an example, and the next commands."""
    files = table("Files with rejected records", ("source", "file"))
    for head in ("records", "accepted", "rejected", "duplicate"):
        files.add_column(head, justify="right")
    counts = ("record_count", "accepted_count", "rejected_count", "duplicate_count")
    for row in found.by_file[:_SHOWN_FILES]:
        add_row(files, row["source"], named(row["file"]), *[f"{row[one]:,}" for one in counts])
    for row in found.files[:_SHOWN_FILES]:
        add_row(files, row["source"], named(row["file"]), "?", "0", "whole", "0")
    out.print(files)
    left = len(found.by_file) + len(found.files) - files.row_count
    if left:
        out.print(f"and {left:,} files more; cdp rejected --source NAME lists fewer")
    reasons = table("Why", ("source", "reason", "field", "rejected", "example, masked"))
    for group in found.groups:
        count = f"{group['record_count']:,}"
        cells = (group["source"], group["reason"], group["detail"] or "", count)
        add_row(reasons, *cells, group["example"])
    whole = Counter((row["source"], row["reason"]) for row in found.files)
    for (source, reason), file_count in sorted(whole.items()):
        add_row(reasons, source, reason, "", f"{file_count:,} whole", "")
    out.print(reasons)
    for line in next_steps(found) if has_next else ():
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def next_steps(found: Rejections) -> list[str]:
    """What to do about each reason, one line each, and how to dismiss all of them."""
    groups = {(one["source"], one["reason"]): one for one in found.groups}
    lines = [f"after a fix: {_replay(one)}" for one in groups.values()]
    files = {(one["source"], one["reason"]): one for one in found.files}
    lines += [f"{one['source']}, {one['reason']}: {_mend(one)}" for one in files.values()]
    return [*lines, "to not see these again: cdp rejected --dismiss [--source NAME] [--reason R]"]


def named(file: str | None) -> str:
    """The name of a file; an e-mail address in it is masked."""
    return _ADDRESS.sub("x@x", file or "")


def _replay(group: Row) -> str:
    return f"cdp replay --source {group['source']} --reason {group['reason']}"


def _mend(row: Row) -> str:
    return _MEND_FILE.get(row["reason"], _DEFAULT_MEND)
