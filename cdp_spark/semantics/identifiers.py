"""The rules of identifiers in conf/identity.yaml."""

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
    """The most values of a kind that one customer may have, per period of first sighting."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    max: int = Field(ge=1, description="values of the kind in one customer")
    per: Window = Field(
        default="ever", description="period of first sighting: day, week (UTC), …, or ever"
    )


class IdentifierRule(BaseModel):
    """One kind of identifier: its spelling, its placeholders, and how far it joins."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="kind, as in silver.sighting")
    priority: int = Field(
        ge=1,
        description="1 is strongest; an event belongs to the owner of its strongest identifier",
    )
    normalise: Normalise = Field(default="none", description="normalisation of spellings")
    invalid_patterns: tuple[str, ...] = Field(
        default=(), description="regular expressions of placeholders"
    )
    valid_patterns: tuple[str, ...] = Field(
        default=(),
        description="regular expressions; a value must match one of them; none: any value",
    )
    seen_with: dict[str, int] = Field(
        default={},
        description="kind → most values of it that events show with one person's identifier",
    )
    limit: Limit | None = Field(
        default=None, description="values of it in one customer; above, the weakest evidence is cut"
    )
    recycle_after: str = Field(
        default="",
        pattern=r"^([1-9][0-9]*d)?$",
        description="days without an event after which it may change person, as 365d; empty: never",
    )
    confidence: float = Field(
        default=0.9,
        gt=0,
        lt=1,
        description="probability that two identifiers seen together belong to one person",
    )
    unique: bool = Field(default=False, description="a customer has at most one value of it")
    is_device: bool = Field(
        default=False, description="identifies a device; alone, an anonymous person"
    )
    shared_device: Sharing = Field(
        default="session",
        description="owner of a shared device: the person of the session, or nobody",
    )

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if self.unique and self.limit is not None:
            raise ValueError(f"{self.name}: unique is a limit of 1; give unique or limit, not both")
        return self

    @property
    def recycle_days(self) -> int | None:
        """Days without an event after which it may change person."""
        return int(self.recycle_after[:-1]) if self.recycle_after else None

    @property
    def most(self) -> Limit | None:
        """The most values one customer may have, by `unique` or `limit`."""
        return Limit(max=1) if self.unique else self.limit


def rule_option_by_kind(
    rules: tuple[IdentifierRule, ...], option: str, kind: str = "kind"
) -> Column:
    """An option of the rule of the kind in a column; null for a kind without rule."""
    values = F.create_map(
        *[part for rule in rules for part in (F.lit(rule.name), F.lit(getattr(rule, option)))]
    )
    return F.element_at(values, F.col(kind))


def spelled(raw: Column, rule: IdentifierRule, country_code: str) -> Column:
    """The normalised value, valid or not; null if not an e-mail address or phone number."""
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
    """Whether a normalised value is no placeholder, and matches a valid pattern if there are any.

    Null for null.
    """
    is_placeholder = value.rlike(f"(?i){_any_of('^$', *rule.invalid_patterns)}")
    if not rule.valid_patterns:
        return ~is_placeholder
    return ~is_placeholder & value.rlike(f"(?i){_any_of(*rule.valid_patterns)}")


def _any_of(*patterns: str) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)
