"""The table versions that a run reads, and the reads and writes of earlier runs of its job."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cdp_spark.lake import storage
from cdp_spark.lake.ledger import LastRead, Run, last_reads, last_writes
from cdp_spark.lake.snapshot import has_changed, snapshot_at
from cdp_spark.tables import Table


@dataclass
class Versions:
    """The versions that one run reads: those at its start, and those of its own commits.

    Reads and writes of earlier runs of the job are looked up later, so a run that ends in between
    counts as one of another job.
    """

    root: str
    run: Run
    pinned: dict[str, int] = field(default_factory=dict)
    _reads: dict[str, LastRead] | None = None
    _written: dict[str, int] | None = None

    def pin(self, tables: Iterable[Table]) -> None:
        """Fix the versions of the tables; tables pinned before keep theirs."""
        for table in tables:
            self.of(table)

    def of(self, table: Table) -> int:
        """The version of a table; NEVER if it did not exist."""
        if table.name not in self.pinned:
            self.pinned[table.name] = storage.version_of(self.root, table)
        return self.pinned[table.name]

    def committed(self, table: Table, version: int) -> None:
        """Note a commit of this run."""
        self.last_written()[table.name] = version
        self.pinned[table.name] = version

    def last_read(self, table: Table, *, of_same_setup: bool) -> int | None:
        """The version that the job's last finished run read; None if it can't be used."""
        last = self.reads().get(table.name)
        is_usable = last is not None and (last.is_like(self.run) or not of_same_setup)
        return last.version if last and is_usable else None

    def size_bytes(self, tables: Iterable[Table]) -> int | None:
        """Total size of the tables; None if the driver does not know one of them."""
        total = 0
        for table in tables:
            version = self.of(table)
            if version > storage.NEVER:
                found = snapshot_at(storage.path_of(self.root, table), version)
                if found is None:
                    return None
                total += found.size_bytes
        return total

    def is_newer(self, table: Table) -> bool:
        """Whether a table has another version than the one the job's last finished run read."""
        version = self.of(table)
        return version > storage.NEVER and version != self.last_read(table, of_same_setup=False)

    def is_idle(self, tables: Iterable[Table]) -> bool:
        """Whether the job has run on the same rows, for the same day, settings and code."""
        return all(map(self._has_run_on, tables))

    def _has_run_on(self, table: Table) -> bool:
        last = self.reads().get(table.name)
        if last is None or not last.is_like(self.run) or last.as_of != self.run.as_of:
            return False
        known = max(last.version, self.last_written().get(table.name, storage.NEVER))
        version = self.of(table)
        is_later = known < version
        return version == known or (
            is_later and not has_changed(storage.path_of(self.root, table), known + 1, version)
        )

    def is_unchanged_by_others(self, table: Table) -> bool:
        """Whether only finished runs of this job, and this run, changed rows of a table."""
        version, left = self.of(table), self.last_written().get(table.name)
        if left is None:
            return version <= 0
        is_later = left < version
        return version == left or (
            is_later and not has_changed(storage.path_of(self.root, table), left + 1, version)
        )

    def reads(self) -> dict[str, LastRead]:
        """Table name → the last read of it by a finished run of the job."""
        if self._reads is None:
            self._reads = last_reads(self.root, self.run.job)
        return self._reads

    def last_written(self) -> dict[str, int]:
        """Table name → its version after the last write by this or a finished run of the job."""
        if self._written is None:
            self._written = last_writes(self.root, self.run.job)
        return self._written
