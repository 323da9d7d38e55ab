"""The rules of identifiers in conf/identity.yaml."""

import re
from collections.abc import Callable
from functools import cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pyspark.sql import Column
from pyspark.sql import functions as F

from cdp_spark.values.email import email_of, is_example, mailbox_of
from cdp_spark.values.phone import is_national, is_placeholder_number, phone_of
from cdp_spark.values.placeholder import is_nothing, is_placeholder
from cdp_spark.values.text import bare, lower

Normalise = Literal["none", "lower", "upper", "email", "phone"]


Window = Literal["ever", "year", "month", "week", "day"]
Sharing = Literal["session", "generic"]


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
    namespaced: bool = Field(
        default=False,
        description="a value names somebody within the namespace of its source only; `unique`,"
        " `limit` and `seen_with` count within it",
    )
    invalid_patterns: tuple[str, ...] = Field(
        default=(),
        description="regular expressions of placeholders, beside the words that mean no value",
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
        description="who owns a shared device: the person of the `session`, or no one (`generic`)",
    )

    @field_validator("invalid_patterns", "valid_patterns")
    @classmethod
    def _are_patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as wrong:
                raise ValueError(
                    f"expected a regular expression, found {pattern!r}: {wrong}"
                ) from None
        return patterns

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


UNREADABLE, WITHOUT_COUNTRY, PLACEHOLDER = "unreadable", "without_country", "placeholder"


def spelling_of(
    raw: str, rule: IdentifierRule, countries: tuple[str, ...] = ()
) -> tuple[str | None, str]:
    """The normalised value of an identifier, or None and why: `RULE_KIND` of a warning.

    A text that only means that there is no value gives no warning. `countries` are those of
    national telephone numbers, the likeliest first.
    """
    if is_nothing(raw):
        return None, ""
    if is_placeholder(raw):
        return None, _warning(PLACEHOLDER, rule)
    value, warning = _NORMALISED[rule.normalise](raw, countries)
    if value is None:
        return None, _warning(warning, rule)
    if not _is_valid(value, rule.invalid_patterns, rule.valid_patterns):
        return None, _warning(PLACEHOLDER, rule)
    return value, ""


def email_spelling_of(raw: str) -> tuple[str | None, str]:
    """The address to deliver to, or None and why."""
    address = email_of(raw)
    if address is None:
        return None, UNREADABLE
    return (None, PLACEHOLDER) if is_example(address) else (address, "")


def phone_spelling_of(raw: str, countries: tuple[str, ...]) -> tuple[str | None, str]:
    """The number in E.164, or None and why."""
    if number := phone_of(raw, countries):
        return number, ""
    if is_placeholder_number(raw):
        return None, PLACEHOLDER
    return None, WITHOUT_COUNTRY if not countries and is_national(raw) else UNREADABLE


def _mailbox(raw: str, _: tuple[str, ...]) -> tuple[str | None, str]:
    address, warning = email_spelling_of(raw)
    return (mailbox_of(address) if address else None), warning


_NORMALISED: dict[str, Callable[[str, tuple[str, ...]], tuple[str | None, str]]] = {
    "none": lambda raw, _: (bare(raw), ""),
    "lower": lambda raw, _: (lower(bare(raw)), ""),
    "upper": lambda raw, _: (bare(raw).upper(), ""),
    "email": _mailbox,
    "phone": phone_spelling_of,
}


def _warning(rule: str, identifier: IdentifierRule) -> str:
    return f"{rule}_{identifier.name}"


def _is_valid(value: str, invalid: tuple[str, ...], valid: tuple[str, ...]) -> bool:
    if invalid and _any_of(invalid).search(value):
        return False
    return not valid or _any_of(valid).search(value) is not None


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
