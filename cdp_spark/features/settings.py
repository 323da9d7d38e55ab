"""Settings of features: days, windows, events and labels."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_STRICT = ConfigDict(frozen=True, strict=True, extra="forbid")
Positive = Annotated[int, Field(ge=1)]


def count_name(event_name: str) -> str:
    """Column name of an event's count: `Product Viewed` → `product_viewed_count`."""
    return re.sub(r"[^a-z0-9]+", "_", event_name.lower()).strip("_") + "_count"


class DaysSettings(BaseModel):
    """The days snapshots are made for, besides the day of the run."""

    model_config = _STRICT

    listed: tuple[date, ...] = Field(default=(), description="these days; none: the grid below")
    every_days: Positive = Field(
        default=14, description="step of the grid, counted from 1970-01-01"
    )
    count: Positive = Field(
        default=20, description="latest grid days to keep; 280 days hold two long labels"
    )


class LabelSettings(BaseModel):
    """One outcome in the days from a snapshot on."""

    model_config = _STRICT

    name: str = Field(description="ends in _<horizon>d, to show the window")
    kind: Literal["inactive", "bought", "spend"] = Field(
        description="inactive: no active day (1/0); bought: an order (1/0); spend: net amount"
    )
    horizon_days: Positive = Field(description="length of the window, the snapshot's day included")

    @model_validator(mode="after")
    def _name_shows_horizon(self) -> Self:
        if not self.name.endswith(f"_{self.horizon_days}d"):
            raise ValueError(f"name: expected an ending _{self.horizon_days}d, found {self.name!r}")
        return self


class FeaturesSettings(BaseModel):
    """Traits of a customer on a day, and the outcomes to predict."""

    model_config = _STRICT

    days: DaysSettings = Field(default=DaysSettings(), description="which days")
    windows_days: tuple[Positive, ...] = Field(
        default=(7, 14, 30, 90, 112),
        min_length=1,
        description="look-back windows of the counts",
    )
    event_names: tuple[str, ...] = Field(
        default=(), description="events counted by name in each window"
    )
    passive_names: tuple[str, ...] = Field(
        default=(),
        description="events the customer receives, such as e-mails: left out, no sign of activity",
    )
    labels: tuple[LabelSettings, ...] = Field(default=(), description="outcomes")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        labels = [label.name for label in self.labels]
        counts = [count_name(name) for name in self.event_names]
        for what, names in (("labels", labels), ("event names", counts)):
            if len(set(names)) != len(names):
                raise ValueError(f"{what}: expected different names, found {sorted(names)}")
        return self
