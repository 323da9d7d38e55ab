"""The rules of identifiers, as conf/identity.yaml says them."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.email import normalised_email
from cdp_spark.values.phone import normalised_phone
from cdp_spark.values.text import stripped

Normalise = Literal["none", "lower", "upper", "email", "phone"]


Window = Literal["ever", "year", "month", "week", "day"]
Sharing = Literal["session", "nobody"]


class Limit(BaseModel):
    """How many values of a kind one customer has at most, first seen within one span of time."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    max: int = Field(ge=1, description="values of the kind in one customer")
    per: Window = Field(default="ever", description="first seen in one day, week (UTC), …, or ever")


class IdentifierRule(BaseModel):
    """One kind of identifier: how it is written, when it is void, how far it joins."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="kind, as in silver.sighting")
    priority: int = Field(ge=1, description="1 is strongest; decides whose an event is")
    normalise: Normalise = Field(default="none", description="how spellings become one")
    invalid_patterns: tuple[str, ...] = Field(
        default=(), description="regular expressions of values that name nobody"
    )
    valid_patterns: tuple[str, ...] = Field(
        default=(), description="regular expressions, one of which a value fits; none: any value"
    )
    seen_with: dict[str, int] = Field(
        default={}, description="kind → most values of it one person's identifier is seen with"
    )
    limit: Limit | None = Field(
        default=None, description="values of it in one customer; above, the weakest evidence is cut"
    )
    recycle_after: str = Field(
        default="",
        pattern=r"^([1-9][0-9]*d)?$",
        description="days of silence, as 365d, after which it may be another person's; empty: none",
    )
    confidence: float = Field(
        default=0.9, gt=0, lt=1, description="chance that two identifiers seen together are one's"
    )
    unique: bool = Field(default=False, description="a customer has one value of it at most")
    is_device: bool = Field(default=False, description="names a device, so alone an unknown person")
    shared_device: Sharing = Field(
        default="session",
        description="whose a device of several people is: who used it in that session, or nobody's",
    )

    @model_validator(mode="after")
    def _says_one_limit(self) -> Self:
        if self.unique and self.limit is not None:
            raise ValueError(f"{self.name}: unique is a limit of 1 for ever; give one of the two")
        return self

    @property
    def recycle_days(self) -> int | None:
        """Days of silence after which it may be another person's."""
        return int(self.recycle_after[:-1]) if self.recycle_after else None

    @property
    def most(self) -> Limit | None:
        """How many values one customer has at most, however the rule says it."""
        return Limit(max=1) if self.unique else self.limit


def by_kind(rules: tuple[IdentifierRule, ...], knob: str, kind: str = "kind") -> Column:
    """One field of the rule of the kind that a column holds; null for a kind without rule."""
    values = F.create_map(
        *[part for rule in rules for part in (F.lit(rule.name), F.lit(getattr(rule, knob)))]
    )
    return F.element_at(values, F.col(kind))


def spelled(raw: Column, rule: IdentifierRule, country_code: str) -> Column:
    """The value in its one spelling, valid or not; null for no e-mail address or phone number."""
    trimmed = stripped(raw)
    by_rule = {
        "none": trimmed,
        "lower": F.lower(trimmed),
        "upper": F.upper(trimmed),
        "email": normalised_email(raw),
        "phone": normalised_phone(raw, country_code),
    }
    return by_rule[rule.normalise]


def is_valid(value: Column, rule: IdentifierRule) -> Column:
    """Whether a spelled value is neither empty nor void, and fits a valid pattern if there are any.

    Null for null.
    """
    is_void = value.rlike(f"(?i){_any_of('^$', *rule.invalid_patterns)}")
    if not rule.valid_patterns:
        return ~is_void
    return ~is_void & value.rlike(f"(?i){_any_of(*rule.valid_patterns)}")


def _any_of(*patterns: str) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)
