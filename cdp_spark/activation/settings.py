"""The settings of conf/activation.yaml."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from cdp_spark.activation.destinations import destination_kinds
from cdp_spark.activation.payload import Contact, PayloadColumn

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class DestinationSettings(BaseModel):
    """One destination: its segment, purpose and columns."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    kind: str = Field(description="name of a file in cdp_spark/activation/destinations")
    segment: Name = Field(description="name of a segment in conf/audiences.yaml")
    purpose: Name = Field(description="purpose that a member must have consented to")
    contact: Contact = Field(description="field a member needs to be sent")
    columns: tuple[PayloadColumn, ...] = Field(
        description="columns sent, in the order of the file", min_length=1
    )
    rows_per_file: int = Field(description="most rows of one file", ge=1_000, le=10_000_000)

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind not in destination_kinds():
            raise ValueError(f"expected one of {', '.join(destination_kinds())}, found {kind!r}")
        return kind

    @field_validator("columns")
    @classmethod
    def _are_distinct(cls, columns: tuple[PayloadColumn, ...]) -> tuple[PayloadColumn, ...]:
        if twice := sorted({one for one in columns if columns.count(one) > 1}):
            raise ValueError(f"expected each column once, found {', '.join(twice)} twice")
        return columns


class ActivationSettings(BaseModel):
    """The destinations of the project."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    destinations: dict[Name, DestinationSettings] = Field(
        description="name of a destination → its settings", min_length=1
    )
