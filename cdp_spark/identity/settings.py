"""Settings of identity."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.terms.identifiers import IdentifierRule


class MergeSettings(BaseModel):
    """Protection against joining too much."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    engine: Literal["auto", "driver", "contraction", "graphframes"] = Field(
        default="auto",
        description="who finds components; auto: the driver, above driver_edges contraction",
    )
    driver_edges: int = Field(
        default=5_000_000,
        ge=0,
        description="edges the driver takes at once; a million needs about 100 MB there",
    )
    broadcast_threshold: int = Field(
        default=1_000_000, ge=0, description="graphframes: rows of a hub that are broadcast"
    )
    largest_component: int = Field(
        default=200_000,
        ge=1,
        description="identifiers tied together at most; one task may look at each of their edges",
    )
    largest_cluster: int = Field(
        default=500,
        ge=1,
        description="identifiers in one customer above which nothing is published",
    )


class SpellSettings(BaseModel):
    """Who had a shared device, and when."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    silence_minutes: int = Field(
        default=30, ge=1, description="between two sittings at a shared device"
    )
    most_people: int = Field(
        default=4,
        ge=1,
        description="people of one home; with more, a sitting without login is nobody's",
    )


class IdentitySettings(BaseModel):
    """Which identifiers there are and how they join."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    country_code: str = Field(
        default="90", pattern=r"^[1-9][0-9]{0,2}$", description="of phone numbers without one"
    )
    identifiers: tuple[IdentifierRule, ...] = Field(min_length=1, description="strongest first")
    merge: MergeSettings = MergeSettings()
    spells: SpellSettings = SpellSettings()

    @model_validator(mode="after")
    def _limits_name_known_kinds(self) -> Self:
        known = {rule.name for rule in self.identifiers}
        unknown = {kind for rule in self.identifiers for kind in rule.limit} - known
        if unknown or len(known) < len(self.identifiers):
            raise ValueError(f"limits of unknown kinds {sorted(unknown)}, or a name given twice")
        return self
