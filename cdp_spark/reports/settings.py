"""The settings of conf/reports.yaml."""

from pydantic import BaseModel, ConfigDict, Field


class ReportsSettings(BaseModel):
    """Title and days of the page, and the smallest group to show."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    title: str = Field(description="heading of the page", min_length=1, max_length=80)
    days: int = Field(description="days of the trends, up to the day of the run", ge=7, le=366)
    smallest_group: int = Field(
        description="a cell that counts fewer persons is hidden", ge=5, le=1000
    )
