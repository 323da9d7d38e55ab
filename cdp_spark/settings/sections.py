"""All settings of a project: a section per room, checked against each other."""

import difflib
from collections.abc import Iterator
from typing import Self
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from cdp_spark.activation.settings import ActivationSettings
from cdp_spark.audiences.settings import AudiencesSettings
from cdp_spark.features.settings import FeaturesSettings
from cdp_spark.features.traits import trait_names
from cdp_spark.gold.settings import CurrencySettings, GoldSettings
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.lake.upkeep.settings import MaintenanceSettings
from cdp_spark.models.settings import ModelsSettings
from cdp_spark.reports.settings import ReportsSettings
from cdp_spark.semantics.codes import CountryCode, CurrencyCode
from cdp_spark.semantics.conditions import DecileCondition, ScoreCondition, TraitCondition, leaves
from cdp_spark.service.settings import ServiceSettings
from cdp_spark.silver.settings import QualitySettings
from cdp_spark.silver.spelling import Spellings
from cdp_spark.simulation.settings import WorldSettings
from cdp_spark.sources import known_formats
from cdp_spark.sources.fit import unfit_settings
from cdp_spark.sources.settings import ACCOUNT_ID, ORDER_ID, SourceSettings, SourcesSettings
from cdp_spark.tracking.settings import TrackingSettings


class ProjectSettings(BaseModel):
    """Name, folders and workflow of the project."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(default="cdp", min_length=1, description="name of the project")
    lake: str = Field(default=".lake/world", min_length=1, description="folder of the tables")
    spark: str = Field(default="local", description="conf/spark/NAME.conf of the session")
    country: CountryCode = Field(
        default="",
        description="ISO 3166 alpha-2 code of telephone numbers without a calling code, where"
        " neither the record nor its source names a country; empty: such numbers are no"
        " identifiers",
    )
    key_file: str = Field(
        default="",
        description="file with the key of identifier tokens, relative to the lake's folder; "
        "LAKE/_keys/identifier if empty",
    )
    currency: CurrencyCode = Field(
        default="",
        description="ISO 4217 code of totals; amounts without a currency are in it, others are "
        "converted by conf/currencies.csv",
    )
    time_zone: str = Field(
        default="",
        description="IANA time zone, which `cdp init source` proposes for times without one; a"
        " source's own is reading.zone",
    )
    rejected_limit: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="share of rejected records above which a job exits 5; so does a file rejected "
        "whole, unless it is 1",
    )
    workflow: tuple[str, ...] = Field(min_length=1, description="jobs in the order they run")

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        if name and name not in available_timezones():
            raise ValueError(f"expected a time zone such as Europe/Berlin, found {name!r}")
        return name


class Settings(BaseModel):
    """All settings; a section per room, each from conf/SECTION.yaml."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    project: ProjectSettings
    sources: SourcesSettings
    quality: QualitySettings
    identity: IdentitySettings
    gold: GoldSettings
    currencies: CurrencySettings
    features: FeaturesSettings
    models: ModelsSettings
    tracking: TrackingSettings
    audiences: AudiencesSettings
    activation: ActivationSettings
    reports: ReportsSettings
    service: ServiceSettings
    maintenance: MaintenanceSettings
    world: WorldSettings

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        faults = [*_unknown_segments(self), *_unknown_labels(self), *_unknown_in_rules(self)]
        if faults := faults + list(_unfit_sources(self)):
            raise ValueError("; ".join(faults))
        return self

    @property
    def spellings(self) -> Spellings:
        """How the identifiers of each source are spelled."""
        sources, rules = self.sources.entries, self.identity.rules
        kinds = [*[rule.name for rule in rules if rule.namespaced], ORDER_ID, ACCOUNT_ID]
        return Spellings(
            rules,
            self.project.country,
            {source.name: source.country for source in sources if source.country},
            {
                source.name: {kind: source.namespace_of(kind) for kind in kinds}
                for source in sources
            },
        )


def _unknown_segments(settings: Settings) -> Iterator[str]:
    known = sorted(settings.audiences.segments)
    for name, destination in settings.activation.destinations.items():
        if destination.segment not in known:
            at = f"activation.destinations.{name}.segment"
            yield f"{at}: expected one of {', '.join(known)}, found {destination.segment!r}"


def _unknown_labels(settings: Settings) -> Iterator[str]:
    known = [label.name for label in settings.features.labels]
    for name, spec in settings.models.specs.items():
        if spec.label not in known:
            at = f"models.specs.{name}.label"
            yield f"{at}: expected one of {', '.join(known)}, found {spec.label!r}"


def _unknown_in_rules(settings: Settings) -> Iterator[str]:
    """Unknown traits and models in rules: such a condition would be false for every customer."""
    traits, models = trait_names(settings.features), sorted(settings.models.specs)
    for name, segment in settings.audiences.segments.items():
        at = f"audiences.segments.{name}.rule"
        for leaf in leaves(segment.rule):
            match leaf:
                case TraitCondition(trait=trait) if trait not in traits:
                    near = ", ".join(difflib.get_close_matches(trait, traits, cutoff=0.5))
                    wanted = f"expected a trait of features, such as {near or traits[0]}"
                    yield f"{at}.trait: {wanted}, found {trait!r}"
                case ScoreCondition(score=model) | DecileCondition(score_decile=model) if (
                    model not in models
                ):
                    yield f"{at}.score: expected one of {', '.join(models)}, found {model!r}"


def _unfit_sources(settings: Settings) -> Iterator[str]:
    """Unknown formats and identifiers, and settings that do not apply to a source's format."""
    known = known_formats()
    kinds = [rule.name for rule in settings.identity.identifiers]
    for number, source in enumerate(settings.sources.entries):
        at = f"sources.entries.{number}"
        if source.format not in known:
            names = ", ".join(sorted(known))
            yield f"{at}.format: expected one of {names}, found {source.format!r}"
            continue
        if unfit := _unfit_namespaces(source, settings):
            yield f"{at}.namespace.{unfit}"
        yield from (f"{at}.{fault}" for fault in unfit_settings(source, kinds))


def _unfit_namespaces(source: SourceSettings, settings: Settings) -> str:
    """A key of a source's namespaces that is no kind of ids with a namespace; empty if none is."""
    if isinstance(source.namespace, str):
        return ""
    kinds = [rule.name for rule in settings.identity.identifiers if rule.namespaced]
    for kind in source.namespace:
        if kind not in (*kinds, ORDER_ID, ACCOUNT_ID):
            expected = ", ".join([*kinds, ORDER_ID, ACCOUNT_ID])
            return f"{kind}: expected a namespaced kind ({expected}), found {kind!r}"
    return ""
