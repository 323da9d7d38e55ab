"""Settings of models: what each learns, from which days, and how large a sample it sees."""

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.models.spec import spec_names

_STRICT = ConfigDict(frozen=True, strict=True, extra="forbid")
Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[float, Field(ge=0)]


class TreeSettings(BaseModel):
    """Size of the boosted trees; few leaves and large ones, as outcomes of people are noisy."""

    model_config = _STRICT

    iterations: Positive = Field(default=200, le=2000, description="trees")
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.03, description="share of each tree that is taken"
    )
    leaves: Annotated[int, Field(ge=2, le=255)] = Field(default=8, description="per tree")
    leaf_rows: Positive = Field(default=100, description="rows a leaf needs at least")
    l2: NotNegative = Field(default=10.0, description="pull of a leaf's value towards nothing")


class ModelSettings(BaseModel):
    """One model: its label and the days it learns from and is tested on."""

    model_config = _STRICT

    label: str = Field(description="name of a label of features; ends in _<horizon>d")
    horizon_days: Positive = Field(description="the label's window")
    train_on: tuple[date, ...] = Field(
        default=(), description="days to learn from; none: chosen from the labelled days"
    )
    test_on: tuple[date, ...] = Field(
        default=(), description="days to be judged on, pooled; none: the latest labelled days"
    )
    test_count: Positive = Field(
        default=3, description="how many of the latest days test, where none are listed"
    )
    trees: TreeSettings = Field(default=TreeSettings(), description="size of the model")

    @model_validator(mode="after")
    def _days_are_honest(self) -> Self:
        if not self.label.endswith(f"_{self.horizon_days}d"):
            raise ValueError(f"label {self.label!r} must end in _{self.horizon_days}d")
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


class ModelsSettings(BaseModel):
    """Which models there are, and the bounds of what the driver takes in."""

    model_config = _STRICT

    max_train_rows: Positive = Field(
        default=2_000_000,
        description="rows fetched to learn from; 100 figures of 4 bytes make 800 MB of 2 million",
    )
    max_test_rows: Positive = Field(default=1_000_000, description="rows fetched to judge by")
    min_outcomes: Positive = Field(
        default=30, description="rows of either outcome needed to learn, and to judge"
    )
    specs: dict[str, ModelSettings] = Field(
        default={}, description="model → its settings; a model not named is not made"
    )

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        if unknown := set(self.specs) - set(spec_names()):
            raise ValueError(f"no such model {sorted(unknown)}; there are {spec_names()}")
        return self
