"""The settings of conf/audiences.yaml."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cdp_spark.semantics.conditions import Condition

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class SegmentSettings(BaseModel):
    """One segment: a rule over traits, scores and fields of a customer."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    description: str = Field(description="the members, in words", min_length=1)
    rule: Condition = Field(description="condition that members meet")


class AudiencesSettings(BaseModel):
    """The segments of the project."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    segments: dict[Name, SegmentSettings] = Field(
        description="name of a segment → its rule", min_length=1
    )
