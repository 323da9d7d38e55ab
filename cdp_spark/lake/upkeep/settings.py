"""Settings of table maintenance, from conf/maintenance.yaml."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Default of `delta.deletedFileRetentionDuration`, after which Delta forgets a removed file.
FORGOTTEN_HOURS = 168
_LEAST_HOURS = 24


class MaintenanceSettings(BaseModel):
    """When tables are compacted, clustered, vacuumed and checkpointed, and retention of runs."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    retention_hours: int = Field(
        default=FORGOTTEN_HOURS,
        ge=0,
        le=FORGOTTEN_HOURS,
        description="how long files removed from a table stay on disk, for time travel and running "
        "readers; files that a job still has to read stay longer",
    )
    allow_short_retention: bool = Field(
        default=False, description="allow a retention below 24 hours: no job may be running then"
    )
    compact_above_files: int = Field(
        default=32, ge=2, description="a table with more small files than this is compacted"
    )
    small_file_bytes: int = Field(
        default=32 << 20, ge=1, description="a file below this size is small"
    )
    file_bytes: int = Field(
        default=128 << 20, ge=1, description="size of the files that compaction and clustering make"
    )
    cluster_above_bytes: int = Field(
        default=1 << 30, ge=1, description="a table of at least this size is clustered"
    )
    checkpoint_above_commits: int = Field(
        default=50, ge=1, description="a checkpoint is written after more commits than this"
    )
    ops_run_days: int = Field(
        default=400,
        ge=1,
        description="how long rows of ops.run are kept; the newest of each job stay",
    )
    staging_days: int = Field(
        default=7, ge=1, description="how long staging folders of other machines are kept"
    )

    @model_validator(mode="after")
    def _values_fit_together(self) -> Self:
        if self.retention_hours < _LEAST_HOURS and not self.allow_short_retention:
            raise ValueError(
                f"retention_hours: expected at least {_LEAST_HOURS}, found {self.retention_hours}; "
                "set allow_short_retention if no job runs meanwhile"
            )
        # Two small files fit in one, so that compaction leaves few of them.
        if not 2 * self.small_file_bytes <= self.file_bytes <= self.cluster_above_bytes:
            raise ValueError(
                "expected 2 * small_file_bytes <= file_bytes <= cluster_above_bytes, "
                f"found {self.small_file_bytes}, {self.file_bytes}, {self.cluster_above_bytes}"
            )
        return self
