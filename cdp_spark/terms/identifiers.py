"""The rules of identifiers, as conf/identity.yaml says them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.email import normalised_email
from cdp_spark.values.phone import normalised_phone
from cdp_spark.values.text import stripped

Normalise = Literal["none", "lower", "upper", "email", "phone"]


class IdentifierRule(BaseModel):
    """One kind of identifier: how it is written, when it is void, how far it joins."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="kind, as in silver.sighting")
    priority: int = Field(ge=1, description="1 is strongest; decides whose an event is")
    normalise: Normalise = Field(default="none", description="how spellings become one")
    invalid_patterns: tuple[str, ...] = Field(
        default=(), description="regular expressions of values that name nobody"
    )
    limit: dict[str, int] = Field(
        default={}, description="kind → most values of it one person's identifier is seen with"
    )
    confidence: float = Field(
        default=0.9, gt=0, lt=1, description="chance that two identifiers seen together are one's"
    )
    is_unique: bool = Field(default=False, description="a customer has one value of it at most")
    is_device: bool = Field(default=False, description="names a device, so alone an unknown person")


def by_kind(rules: tuple[IdentifierRule, ...], knob: str, kind: str = "kind") -> Column:
    """One field of the rule of the kind that a column holds; null for a kind without rule."""
    values = F.create_map(
        *[part for rule in rules for part in (F.lit(rule.name), F.lit(getattr(rule, knob)))]
    )
    return F.element_at(values, F.col(kind))


def normalised(raw: Column, rule: IdentifierRule, country_code: str) -> Column:
    """The value in its one spelling; null where it is empty or void by a pattern."""
    trimmed = stripped(raw)
    by_rule = {
        "none": trimmed,
        "lower": F.lower(trimmed),
        "upper": F.upper(trimmed),
        "email": normalised_email(raw),
        "phone": normalised_phone(raw, country_code),
    }
    value = by_rule[rule.normalise]
    void = "|".join(["^$", *[f"(?:{pattern})" for pattern in rule.invalid_patterns]])
    return F.when(~value.rlike(f"(?i){void}"), value)
