"""Rules on an event's values, written as data in conf and turned into one Column each.

A rule checks one value: a column of silver.event, or a path below `properties`, `traits` or
`context` (`properties.color`, `context.page.url`). An event violates it if the value is present and
does not fit, or is `required` and missing. `on_violation` is the consequence: warn keeps the event
and records the rule's name; quarantine rejects it and keeps its bytes for a replay; drop rejects it
and discards them; fail stops the run before anything is written.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.tables.silver import EVENT

OnViolation = Literal["warn", "drop", "quarantine", "fail"]
VIOLATION = "struct<on_violation: string, rule: string, path: string>"
Shape = Literal["text", "number", "flag", "object", "list"]

_OPEN = tuple(one.name for one in EVENT.fields if isinstance(one.type, T.VariantType))
_SCALARS = tuple(
    one.name
    for one in EVENT.fields
    if not isinstance(one.type, T.VariantType | T.MapType | T.ArrayType)
)
_PATH = re.compile(r"[A-Za-z0-9_$ -]+(\.[A-Za-z0-9_$ -]+)*")
_SHAPES: dict[str, str] = {
    "text": r"STRING|DATE|TIMESTAMP.*|UUID",
    "number": r"BIGINT|DOUBLE|FLOAT|DECIMAL.*|INT|SMALLINT|TINYINT",
    "flag": "BOOLEAN",
    "object": "OBJECT.*",
    "list": "ARRAY.*",
}
# Strict settings take no text for a number; JSON has no decimals of its own.
Bound = Annotated[Decimal, Field(strict=False, allow_inf_nan=False)]


class Check(BaseModel):
    """The checks of one value; an unset one is not applied."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    required: bool = Field(default=False, description="the value must be present")
    type: Shape | None = Field(default=None, description="type of a value below an open column")
    allowed: tuple[str, ...] = Field(default=(), description="allowed values; none: any")
    least: Bound | None = Field(default=None, description="smallest number")
    most: Bound | None = Field(default=None, description="largest number")
    pattern: str = Field(
        default="", description="regular expression that the whole text must match"
    )
    longest: int | None = Field(default=None, ge=1, description="most characters")
    on_violation: OnViolation = Field(default="quarantine", description="what a violation does")

    @model_validator(mode="after")
    def _checks_something(self) -> Self:
        checks = (self.required, self.type, self.allowed, self.pattern, self.longest)
        if not any(checks) and self.least is None and self.most is None:
            raise ValueError(
                "checks nothing: give required, type, allowed, least, most, pattern or longest"
            )
        try:
            re.compile(self.pattern)
        except re.error as wrong:
            raise ValueError(f"pattern: not a regular expression: {wrong}") from wrong
        if "(?P" in self.pattern:
            raise ValueError("pattern: named groups have no meaning here; use (…)")
        return self


class Rule(Check):
    """A check on one field of the events of some sources."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="reason of the rejected records")
    field: str = Field(description="column of silver.event, or a path below an open one")
    sources: tuple[str, ...] = Field(default=(), description="only events of these; none: all")
    events: tuple[str, ...] = Field(default=(), description="only events of these names; none: all")
    tolerance: float = Field(
        default=0.0, ge=0, lt=1, description="fail: share of a batch that may violate it"
    )

    @model_validator(mode="after")
    def _names_a_field(self) -> Self:
        if fault := field_error(self.field):
            raise ValueError(f"field: {fault}")
        return self

    @property
    def violation(self) -> Column:
        """What an event that violates the rule gets: a struct of type VIOLATION."""
        values = {"on_violation": self.on_violation, "rule": self.name, "path": self.field}
        return F.struct(*[F.lit(value).alias(name) for name, value in values.items()])


_CHECKS_BY_REASON: dict[str, tuple[str, ...]] = {
    "missing_field": ("required",),
    "wrong_type": ("type",),
    "not_allowed": ("allowed",),
    "out_of_range": ("least", "most"),
    "wrong_pattern": ("pattern",),
    "too_long": ("longest",),
}
CONTRACT_REASONS = tuple(_CHECKS_BY_REASON)


def rules_of(source: str, fields: Mapping[str, Check]) -> Iterator[Rule]:
    """The rules of a source's contract: one per field and check."""
    for field, check in fields.items():
        for name, options in _CHECKS_BY_REASON.items():
            if any(check.__dict__[one] not in (None, False, "", ()) for one in options):
                settings = {one: check.__dict__[one] for one in (*options, "on_violation")}
                yield Rule(name=name, field=field, sources=(source,), **settings)


def field_error(field: str) -> str:
    """Why a text does not name a value of an event; empty where it does."""
    head, _, rest = field.partition(".")
    if head in _OPEN and rest and _PATH.fullmatch(rest):
        return ""
    if head in _SCALARS and not rest:
        return ""
    return (
        f"expected one of {', '.join(_SCALARS)}, or a path below {', '.join(_OPEN)}, "
        f"found {field!r}"
    )


def is_violated(rule: Rule) -> Column:
    """Whether an event violates a rule: never null."""
    value = _text(rule.field)
    checks: list[Callable[[Rule, Column], Column | None]] = [
        _missing, _other_type, _not_allowed, _out_of_range, _other_pattern, _too_long,
    ]  # fmt: skip
    failures = [failure for check in checks if (failure := check(rule, value)) is not None]
    failed = reduce(or_, [F.coalesce(failure, F.lit(False)) for failure in failures])  # noqa: FBT003
    return in_scope(rule) & failed


def in_scope(rule: Rule) -> Column:
    """Whether a rule applies to an event: never null."""
    scope = F.lit(True)  # noqa: FBT003 - a literal column
    if rule.sources:
        scope &= F.col("source").isin(*rule.sources)
    if rule.events:
        scope &= F.coalesce(F.col("name").isin(*rule.events), F.lit(False))  # noqa: FBT003
    return scope


def violations_of(rules: Iterable[Rule]) -> Column:
    """The violations of an event, in the rules' order: an array of VIOLATION; empty where none."""
    found = [F.when(is_violated(rule), rule.violation) for rule in rules]
    none = F.array().cast(f"array<{VIOLATION}>")
    # array_compact would have every rule interpreted
    return F.array_except(F.array(*found), F.array(F.lit(None).cast(VIOLATION))) if found else none


def _path(field: str) -> tuple[str, str]:
    head, _, rest = field.partition(".")
    steps = rest.split(".") if rest else []
    return head, "$" + "".join(f"['{step}']" for step in steps)


def _text(field: str) -> Column:
    head, path = _path(field)
    if head not in _OPEN:
        return F.col(head).cast("string")
    return F.try_variant_get(F.col(head), path, "string")


def _missing(rule: Rule, value: Column) -> Column | None:
    if not rule.required:
        return None
    head, path = _path(rule.field)
    if head not in _OPEN:
        return value.isNull() | (value == "")
    found = F.try_variant_get(F.col(head), path, "variant")
    return found.isNull() | F.is_variant_null(found) | F.coalesce(value == "", F.lit(False))  # noqa: FBT003


def _other_type(rule: Rule, value: Column) -> Column | None:
    head, path = _path(rule.field)
    if rule.type is None or head not in _OPEN:
        return None
    kind = F.schema_of_variant(F.try_variant_get(F.col(head), path, "variant"))
    return ~kind.rlike(f"^({_SHAPES[rule.type]}|VOID)$")


def _not_allowed(rule: Rule, value: Column) -> Column | None:
    return ~value.isin(*rule.allowed) if rule.allowed else None


def _out_of_range(rule: Rule, value: Column) -> Column | None:
    if rule.least is None and rule.most is None:
        return None
    number = value.try_cast("double")
    faults = [number.isNull() | F.isnan(number)]
    if rule.least is not None:
        faults.append(number < F.lit(float(rule.least)))
    if rule.most is not None:
        faults.append(number > F.lit(float(rule.most)))
    return value.isNotNull() & reduce(or_, faults)


def _other_pattern(rule: Rule, value: Column) -> Column | None:
    return ~value.rlike(f"^(?:{rule.pattern})$") if rule.pattern else None


def _too_long(rule: Rule, value: Column) -> Column | None:
    return F.length(value) > rule.longest if rule.longest else None
