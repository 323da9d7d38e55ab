"""Settings of identity."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.semantics.identifiers import IdentifierRule


class BlastRadius(BaseModel):
    """How many known customers one run may give other ids without an approval."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    max_profiles_changed: float = Field(
        default=0.2, ge=0, le=1, description="share of the known customers, 0-1"
    )
    least: int = Field(default=1_000, ge=0, description="customers that may change in any case")


class MatchRule(BaseModel):
    """When two identifiers seen in one event are evidence that they belong to one person."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="value of identity.edge.rule")
    kinds: tuple[str, ...] = Field(default=(), description="kinds of both; empty: any")
    events: int = Field(default=1, ge=1, description="fewest events that show both")
    confidence: float | None = Field(
        default=None, gt=0, lt=1, description="of one event; none: that of the weaker kind"
    )


class MergeSettings(BaseModel):
    """Protection against joining too much."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    engine: Literal["auto", "driver", "contraction", "graphframes"] = Field(
        default="auto",
        description="what computes components; auto: driver, above driver_edges contraction",
    )
    driver_edges: int = Field(
        default=20_000_000,
        ge=0,
        description="most edges on the driver at once; a million needs about 100 MB",
    )
    broadcast_threshold: int = Field(
        default=1_000_000, ge=0, description="graphframes: rows of a hub that are broadcast"
    )
    accept: float = Field(
        default=0.75, ge=0, le=1, description="confidence from which evidence joins"
    )
    review: float = Field(
        default=0.5, ge=0, le=1, description="confidence from which evidence waits for a steward"
    )
    cannot_link: tuple[str, ...] = Field(
        default=(), description="kinds of which a person has one value; the same as `unique`"
    )
    max_ids_per_profile: int = Field(
        default=500,
        ge=1,
        description="identifiers in one customer; above, the weakest evidence is cut",
    )
    blast_radius: BlastRadius = BlastRadius()
    max_component: int = Field(
        default=200_000,
        ge=1,
        description="most identifiers in one component; one task may hold all their edges",
    )
    max_cluster: int = Field(
        default=500,
        ge=1,
        description="identifiers in one customer above which nothing is published; where it is"
        " below max_ids_per_profile, a run stops instead of cutting",
    )
    incremental_max_new_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="share of new or deleted sightings, 0-1, above which a run is a full rebuild;"
        " 0: every run is",
    )
    incremental_max_read_share: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="share of the sightings, 0-1, that an incremental run may read",
    )
    incremental_min_sightings: int = Field(
        default=2_000_000,
        ge=0,
        description="sightings below which a run is a full rebuild, which costs no more",
    )


class OwnershipSettings(BaseModel):
    """Ownership periods of shared devices."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    session_gap_minutes: int = Field(
        default=30, ge=1, description="of silence that end a session on a shared device"
    )
    max_people: int = Field(
        default=4,
        ge=1,
        description="people of one home; with more, a session without login is anonymous",
    )


class IdentitySettings(BaseModel):
    """Which identifiers there are and how they join."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    identifiers: tuple[IdentifierRule, ...] = Field(min_length=1, description="strongest first")
    match_rules: tuple[MatchRule, ...] = Field(
        default=(MatchRule(name="seen_together"),),
        min_length=1,
        description="the first that names both kinds decides",
    )
    merge: MergeSettings = MergeSettings()
    ownership: OwnershipSettings = OwnershipSettings()

    @model_validator(mode="after")
    def _names_known_kinds(self) -> Self:
        known = {rule.name for rule in self.identifiers}
        named = {kind for rule in self.identifiers for kind in rule.seen_with}
        named |= {kind for rule in self.match_rules for kind in rule.kinds}
        unknown = (named | set(self.merge.cannot_link)) - known
        if unknown:
            raise ValueError(f"rules of unknown kinds {sorted(unknown)}; expected {sorted(known)}")
        if len(known) < len(self.identifiers):
            raise ValueError("identifiers: a name given twice; give each kind one rule")
        if self.merge.review > self.merge.accept:
            raise ValueError(
                f"merge.review: expected at most merge.accept ({self.merge.accept}), "
                f"found {self.merge.review}"
            )
        return self

    @property
    def rules(self) -> tuple[IdentifierRule, ...]:
        """The rules of identifiers, with merge.cannot_link applied."""
        barred = set(self.merge.cannot_link)
        return tuple(
            rule.model_copy(update={"unique": True, "limit": None}) if rule.name in barred else rule
            for rule in self.identifiers
        )
