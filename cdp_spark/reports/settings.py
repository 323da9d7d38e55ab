"""What conf/reports.yaml may say."""

from pydantic import BaseModel, ConfigDict, Field


class ReportsSettings(BaseModel):
    """What the page is called, how far back it looks, and which groups are too small to show."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    title: str = Field(description="heading of the page", min_length=1, max_length=80)
    days: int = Field(description="days up to the day of the run that trends show", ge=7, le=366)
    smallest_group: int = Field(
        description="a cell that counts fewer persons is hidden", ge=5, le=1000
    )
