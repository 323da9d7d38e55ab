"""Delivery expectations of a source, written as data in conf: how often, and how much.

`warn` records a failed expectation in bronze.delivery_check and the log; `fail` also ends the run
with exit code 3, after all new records are ingested.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

OnViolation = Literal["warn", "fail"]


class Freshness(BaseModel):
    """How long a source may be silent."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    hours: float = Field(gt=0, le=87_600, description="most hours between two files")
    on_violation: OnViolation = Field(
        default="warn", description="what a failed expectation does: warn or fail"
    )


class Volume(BaseModel):
    """The fewest and most records expected."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    least: int | None = Field(default=None, ge=1, description="fewest records")
    most: int | None = Field(default=None, ge=0, description="most records")
    on_violation: OnViolation = Field(
        default="warn", description="what a failed expectation does: warn or fail"
    )

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("expects nothing: give least, most or both")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(
                f"least {self.least} is above most {self.most}; lower least or raise most"
            )
        return self


class DeliveryExpectations(BaseModel):
    """The delivery expectations of a source; an unset one is not checked."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    freshness: Freshness | None = Field(default=None, description="how often files come")
    batch: Volume | None = Field(default=None, description="new records of one run")
    day: Volume | None = Field(default=None, description="records of one day, UTC")

    @property
    def actions(self) -> dict[str, OnViolation]:
        """Name of each expectation that is set → what its failure does."""
        expectations = {"freshness": self.freshness, "batch": self.batch, "day": self.day}
        return {name: one.on_violation for name, one in expectations.items() if one}
