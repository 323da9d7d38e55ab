"""Settings of sources: what is delivered where, in which format."""

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.sources.reading import AS_IT_IS, ReadingSettings
from cdp_spark.terms.rules import Check, Rule, field_fault, rules_of

EVENT_FIELDS = (
    "event_id", "event_at", "received_at", "order_id", "amount", "currency", "product_id",
    "product_name", "brand", "category", "price", "quantity", "campaign", "email", "phone",
    "first_name", "last_name", "birth_on", "city", "country",
)  # fmt: skip

# A VARIANT path knows no question mark in a name and no escape for the quotes around it.
_UNASKABLE = re.compile(r"""\?|".*'|'.*\"""")


class SourceSettings(BaseModel):
    """One source: a folder of files in one format."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the source")
    format: str = Field(description="a file of cdp_spark/sources/formats")
    path: str = Field(min_length=1, description="folder, below the lake's if relative")
    organisation: str = Field(default="own", description="whose data it is")
    region: str = Field(default="any", description="where it may be kept")
    trust: int = Field(default=50, ge=0, le=100, description="priority when sources disagree")
    event: str = Field(default="", description="tables: name of the event a row becomes")
    columns: dict[str, str] = Field(
        default={}, description="event field → column, or place in the event"
    )
    identifiers: dict[str, str] = Field(
        default={}, description="kind → column, or place in the event"
    )
    reading: ReadingSettings = Field(default=AS_IT_IS, description="how its files are read")

    contract: dict[str, Check] = Field(
        default={}, description="event field, or path below properties, traits or context → check"
    )

    @model_validator(mode="after")
    def _contract_names_fields(self) -> Self:
        if faults := [fault for name in self.contract if (fault := field_fault(name))]:
            raise ValueError(f"contract: {'; '.join(faults)}")
        return self

    @model_validator(mode="after")
    def _columns_name_event_fields(self) -> Self:
        if unknown := sorted(set(self.columns) - set(EVENT_FIELDS)):
            raise ValueError(f"columns: unknown event fields {unknown}; known are {EVENT_FIELDS}")
        told = {*self.columns.values(), *self.identifiers.values()}
        if odd := sorted(name for name in told if not name or _UNASKABLE.search(name)):
            raise ValueError(f"columns that can't be asked for: {odd}; rename them at the source")
        return self


class SourcesSettings(BaseModel):
    """All sources."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    entries: tuple[SourceSettings, ...] = Field(min_length=1, description="one per source")
    longest_record: int = Field(
        default=16_000_000, ge=1_000, description="bytes above which a record refuses its file"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [entry.name for entry in self.entries]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"sources with the same name: {doubled}")
        return self

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What the contracts of all sources ask."""
        return tuple(rule for one in self.entries for rule in rules_of(one.name, one.contract))
