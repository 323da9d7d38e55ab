"""Settings of identity."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.terms.identifiers import IdentifierRule


class BlastRadius(BaseModel):
    """How many known customers one run may give other ids, before somebody has looked."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    max_profiles_changed: float = Field(
        default=0.2, ge=0, le=1, description="share of the known customers, 0-1"
    )
    least: int = Field(default=1_000, ge=0, description="so many customers may change in any case")


class MatchRule(BaseModel):
    """When two identifiers seen in one event are evidence that they are one person's."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="as identity.edge tells it")
    kinds: tuple[str, ...] = Field(default=(), description="both are of these kinds; none: any")
    events: int = Field(default=1, ge=1, description="fewer events that show both are no evidence")
    confidence: float | None = Field(
        default=None, gt=0, lt=1, description="of one event; none: that of the weaker kind"
    )


class MergeSettings(BaseModel):
    """Protection against joining too much."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    engine: Literal["auto", "driver", "contraction", "graphframes"] = Field(
        default="auto",
        description="who finds components; auto: the driver, above driver_edges contraction",
    )
    driver_edges: int = Field(
        default=20_000_000,
        ge=0,
        description="edges the driver takes at once; a million needs about 100 MB there",
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
        default=(), description="kinds two values of which are two people; the same as `unique`"
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
        description="identifiers tied together at most; one task may look at each of their edges",
    )
    max_cluster: int = Field(
        default=500,
        ge=1,
        description="identifiers in one customer above which nothing is published; where it is"
        " below max_ids_per_profile, a run stops instead of cutting",
    )
    renew_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="news of up to this share of the sightings, 0-1, renew what they touch; after"
        " more all is resolved anew; 0: always",
    )
    renew_reach: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="share of the sightings, 0-1, that may be looked at for the news' sake",
    )
    renew_least: int = Field(
        default=2_000_000,
        ge=0,
        description="sightings below which all is resolved anew, which costs no more",
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
    match_rules: tuple[MatchRule, ...] = Field(
        default=(MatchRule(name="seen_together"),),
        min_length=1,
        description="the first that names both kinds decides",
    )
    merge: MergeSettings = MergeSettings()
    spells: SpellSettings = SpellSettings()

    @model_validator(mode="after")
    def _names_known_kinds(self) -> Self:
        known = {rule.name for rule in self.identifiers}
        named = {kind for rule in self.identifiers for kind in rule.seen_with}
        named |= {kind for rule in self.match_rules for kind in rule.kinds}
        unknown = (named | set(self.merge.cannot_link)) - known
        if unknown or len(known) < len(self.identifiers):
            raise ValueError(f"rules of unknown kinds {sorted(unknown)}, or a name given twice")
        if self.merge.review > self.merge.accept:
            raise ValueError("merge.review: evidence to review is weaker than merge.accept")
        return self

    @property
    def rules(self) -> tuple[IdentifierRule, ...]:
        """The rules of identifiers, with what merge.cannot_link says of them."""
        barred = set(self.merge.cannot_link)
        return tuple(
            rule.model_copy(update={"unique": True, "limit": None}) if rule.name in barred else rule
            for rule in self.identifiers
        )
