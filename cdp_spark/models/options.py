"""Options of one model: its label, its days and the size of its trees."""

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_STRICT = ConfigDict(frozen=True, strict=True, extra="forbid")
Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[float, Field(ge=0)]


class TreeSettings(BaseModel):
    """Size of the boosted trees: few, large leaves, because the outcomes are noisy."""

    model_config = _STRICT

    iterations: Positive = Field(default=200, le=2000, description="trees")
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.03, description="share of each tree that is added"
    )
    leaves: Annotated[int, Field(ge=2, le=255)] = Field(default=8, description="per tree")
    leaf_rows: Positive = Field(default=100, description="fewest rows of a leaf")
    l2: NotNegative = Field(default=10.0, description="L2 penalty on the value of a leaf")


class ModelSettings(BaseModel):
    """One model: its label, its training days and its test days."""

    model_config = _STRICT

    label: str = Field(description="name of a label of features; ends in _<horizon>d")
    horizon_days: Positive = Field(description="the label's window")
    train_on: tuple[date, ...] = Field(
        default=(), description="training days; none: chosen from the labelled days"
    )
    test_on: tuple[date, ...] = Field(
        default=(), description="test days, pooled; none: the latest labelled days"
    )
    test_count: Positive = Field(
        default=3, description="number of latest days for the test, where none are listed"
    )
    trees: TreeSettings = Field(default=TreeSettings(), description="size of the model")

    @model_validator(mode="after")
    def _train_precedes_test(self) -> Self:
        if not self.label.endswith(f"_{self.horizon_days}d"):
            raise ValueError(
                f"label: expected an ending _{self.horizon_days}d, found {self.label!r}"
            )
        if bool(self.train_on) != bool(self.test_on):
            raise ValueError("list both train_on and test_on, or neither")
        if self.train_on:
            last_known = max(self.train_on) + timedelta(days=self.horizon_days)
            if last_known > min(self.test_on):
                raise ValueError(
                    f"train_on: outcomes are known on {last_known}, after the first test day "
                    f"{min(self.test_on)}; drop days later than "
                    f"{min(self.test_on) - timedelta(days=self.horizon_days)}"
                )
        return self
