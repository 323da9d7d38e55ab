"""What a source promises of its deliveries, written as data in conf: how often, and how much.

`warn` notes a broken promise in bronze.delivery_check and the log; `fail` also ends the run with
exit code 3, after all that came was taken.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Verb = Literal["warn", "fail"]


class Freshness(BaseModel):
    """How long a source may be silent."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    hours: float = Field(gt=0, le=87_600, description="a delivery at least so often")
    verb: Verb = Field(default="warn", description="what becomes of a run that finds it broken")


class Volume(BaseModel):
    """How many records there may be at once."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    least: int | None = Field(default=None, ge=1, description="fewest records")
    most: int | None = Field(default=None, ge=0, description="most records")
    verb: Verb = Field(default="warn", description="what becomes of a run that finds it broken")

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("asks for nothing: give least, most or both")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"least {self.least} is above most {self.most}")
        return self


class Promises(BaseModel):
    """What a source promises; what is not said is not asked."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    freshness: Freshness | None = Field(default=None, description="how often it delivers")
    batch: Volume | None = Field(default=None, description="records in what one run finds new")
    day: Volume | None = Field(default=None, description="records delivered in a day of UTC")

    @property
    def verbs(self) -> dict[str, Verb]:
        """Name of each promise that is made → its verb."""
        made = {"freshness": self.freshness, "batch": self.batch, "day": self.day}
        return {name: promise.verb for name, promise in made.items() if promise}
