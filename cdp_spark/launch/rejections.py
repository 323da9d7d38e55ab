"""Rejected records and files of a run: whether there are too many, and the messages."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cdp_spark.bronze import rejected_files
from cdp_spark.lake import Lake
from cdp_spark.launch.exit_codes import REJECTIONS
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.silver import REJECTED


def _rejected_share(lake: Lake) -> float:
    rejected = lake.ledger.writes.get(REJECTED.name, {}).get("inserted_count", 0)
    received = lake.ledger.reads.get(RECORD.name, {}).get("row_count", 0)
    return float(rejected) / float(received) if received else 0.0


def rejections(lake: Lake, limit: float) -> list[str]:
    """One sentence per reason why the run ends with the code of rejections."""
    found = []
    if (share := _rejected_share(lake)) > limit:
        found.append(rejected_sentence(lake, share, limit))
    if limit < 1 and (files := _rejected_files(lake)):
        found.append(rejected_files_sentence(files))
    return found


def _rejected_files(lake: Lake) -> list[dict[str, Any]]:
    """The files that this run rejected whole."""
    written = lake.ledger.writes.get(FILE.name, {})
    if not (written.get("inserted_count") or written.get("updated_count")) or lake.is_dry_run:
        return []
    files = rejected_files(lake.fetch(FILE), since=lake.run.started_at)
    return list(files.to_pylist())


def rejected_files_sentence(files: Sequence[dict[str, Any]]) -> str:
    """How many files were rejected whole, the reasons with their counts, and the next step."""
    reasons = Counter(f"{one['source']} {one['reason']}" for one in files).most_common(5)
    counts = ", ".join(f"{reason} {count:,}" for reason, count in reasons)
    return (
        f"{len(files):,} files were rejected whole: {counts} (exit code {REJECTIONS}, unless "
        "project.rejected_limit is 1). See `cdp rejected`; deliver them again, or dismiss them "
        "with `cdp rejected --dismiss`"
    )


def rejected_sentence(lake: Lake, share: float, limit: float) -> str:
    """Share and limit of rejected records, their most frequent reasons, and the next step."""
    waiting = lake.read(REJECTED).where("NOT is_replayed").groupBy("source", "reason").count()
    most = waiting.orderBy("count", "source", "reason", ascending=[False, True, True]).limit(5)
    reasons = ", ".join(f"{source} {reason} {count:,}" for source, reason, count in most.collect())
    listed = f" Most frequent, earlier runs included: {reasons}." if reasons else ""
    return (
        f"{share:.1%} of the records were rejected, project.rejected_limit is {limit:.1%} (exit "
        f"code {REJECTIONS}).{listed} See `cdp rejected`; after a fix, `cdp replay --source NAME "
        "--reason REASON`"
    )
