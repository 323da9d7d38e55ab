"""Settings of models: the models to train, and bounds on their rows."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.models.options import ModelSettings, Positive
from cdp_spark.models.registry import spec_names

_STRICT = ConfigDict(frozen=True, strict=True, extra="forbid")


class ModelsSettings(BaseModel):
    """The models, and bounds on the rows the driver fetches."""

    model_config = _STRICT

    max_train_rows: Positive = Field(
        default=2_000_000,
        description="most training rows; 2 million with 100 traits of 4 bytes are 800 MB",
    )
    max_test_rows: Positive = Field(default=1_000_000, description="most test rows")
    min_outcomes: Positive = Field(
        default=30, description="fewest rows with and without the outcome, in training and test"
    )
    specs: dict[str, ModelSettings] = Field(
        default={}, description="model → its settings; only models named here are trained"
    )

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        if unknown := set(self.specs) - set(spec_names()):
            raise ValueError(f"specs: no such model {sorted(unknown)}; models are {spec_names()}")
        return self
