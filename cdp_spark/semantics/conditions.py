"""Conditions on a customer, written as data in conf and turned into one Column.

A condition is a leaf (`trait`, `score`, `score_decile` or `field`, each with `op` and `value`) or a
combination (`all`, `any`, `not`). It is evaluated on a frame with one row per customer and the
columns `traits` (name → value), `score_MODEL` and `decile_MODEL` for each model that a rule names,
and the fields of gold.customer that are not personal.

Decided: two values, not three. A leaf is false where its value is missing (no such trait, no score,
null, not a number), and `not` of it is therefore true:
`not: {trait: order_count, op: ">=", value: 1}` means "not known to have ordered". So each customer
is on exactly one side of a rule. To select only customers with a known value, compare the value:
`{trait: order_count, op: "<", value: 1}`.
Decided: fields with a direct personal value are not allowed, because plans and logs show the values
of predicates.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.tables.contract import Field as TableField
from cdp_spark.tables.gold import CUSTOMER

_NAME = r"^[a-z][a-z0-9_]*$"
Comparison = Literal["==", "!=", ">=", ">", "<=", "<"]
Scalar = str | bool | int | float

# No instants: "days since" is a trait, counted from the day of the run.
_ACCEPTED: dict[type[T.DataType], tuple[type, ...]] = {
    T.StringType: (str,),
    T.BooleanType: (bool,),
    T.LongType: (int,),
    T.DecimalType: (int, float),
}
_FIELDS: dict[str, TableField] = {
    one.name: one
    for one in CUSTOMER.fields
    if one.personal == "none" and type(one.type) in _ACCEPTED
}
CONDITION_FIELDS: tuple[str, ...] = tuple(_FIELDS)

_COMPARED: dict[str, Callable[[Column, Column], Column]] = {
    "==": lambda actual, wanted: actual == wanted,
    "!=": lambda actual, wanted: actual != wanted,
    ">=": lambda actual, wanted: actual >= wanted,
    ">": lambda actual, wanted: actual > wanted,
    "<=": lambda actual, wanted: actual <= wanted,
    "<": lambda actual, wanted: actual < wanted,
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class TraitCondition(_Strict):
    """A trait of the customer compared with a number."""

    trait: str = Field(description="name of the trait", pattern=_NAME)
    op: Comparison = Field(description="how the trait is compared")
    value: float = Field(description="number it is compared with")

    @property
    def reason(self) -> str:
        """The condition as text, without personal values."""
        return f"trait {self.trait} {self.op} {self.value:g}"

    @property
    def column(self) -> Column:
        """Whether the condition holds; null where the trait is missing."""
        actual = F.try_element_at(F.col("traits"), F.lit(self.trait))
        # Spark orders NaN above every number: it would pass any `>=`.
        known = F.when(~F.isnan(actual), actual)
        return _COMPARED[self.op](known, F.lit(self.value))


class ScoreCondition(_Strict):
    """A model's score compared with a number."""

    score: str = Field(description="name of the model", pattern=_NAME)
    op: Comparison = Field(description="how the score is compared")
    value: float = Field(description="number it is compared with")

    @property
    def reason(self) -> str:
        """The condition as text."""
        return f"{self.score} score {self.op} {self.value:g}"

    @property
    def column(self) -> Column:
        """Whether the condition holds; null where the customer has no score."""
        actual = F.col(f"score_{self.score}")
        return _COMPARED[self.op](F.when(~F.isnan(actual), actual), F.lit(self.value))


class DecileCondition(_Strict):
    """A model's decile compared with 1 (highest) to 10 (lowest)."""

    score_decile: str = Field(description="name of the model", pattern=_NAME)
    op: Comparison = Field(description="how the decile is compared")
    value: int = Field(description="1 highest … 10 lowest", ge=1, le=10)

    @property
    def reason(self) -> str:
        """The condition as text."""
        return f"{self.score_decile} decile {self.op} {self.value}"

    @property
    def column(self) -> Column:
        """Whether the condition holds; null where the customer has no score."""
        return _COMPARED[self.op](F.col(f"decile_{self.score_decile}"), F.lit(self.value))


class FieldCondition(_Strict):
    """A field of gold.customer that is not personal, compared with values of its own type."""

    field: str = Field(description="name of a field of gold.customer that is not personal")
    op: Comparison | Literal["in"] = Field(description="how the field is compared")
    value: Scalar | tuple[Scalar, ...] = Field(description="a value; a list of them for `in`")

    @model_validator(mode="after")
    def _is_comparable(self) -> Self:
        if self.field not in _FIELDS:
            raise ValueError(f"field: expected one of {', '.join(_FIELDS)}, found {self.field!r}")
        if (self.op == "in") != isinstance(self.value, tuple):
            raise ValueError(f"value: op {self.op!r} takes {_shape(self.op)}, found {self.value!r}")
        if self.value == ():
            raise ValueError("value: expected at least one value, found none")
        kind = _FIELDS[self.field].type
        # `type(…) in`, not isinstance: a bool is an int to Python.
        wrong = [one for one in self._values if type(one) not in _ACCEPTED[type(kind)]]
        if wrong:
            wanted = kind.simpleString()
            raise ValueError(f"value: {self.field} is a {wanted}, found {wrong[0]!r}")
        return self

    @property
    def _values(self) -> tuple[Scalar, ...]:
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def reason(self) -> str:
        """The condition as text."""
        return f"{self.field} {self.op} {', '.join(str(one) for one in self._values)}"

    @property
    def column(self) -> Column:
        """Whether the condition holds; null where the field is null."""
        wanted = [F.lit(_as_decimal(one)) for one in self._values]
        if self.op == "in":
            return F.col(self.field).isin(*wanted)
        return _COMPARED[self.op](F.col(self.field), wanted[0])


class AllOf(_Strict):
    """Every one of the conditions holds."""

    conditions: tuple["Condition", ...] = Field(
        alias="all", description="conditions that must all hold", min_length=1
    )


class AnyOf(_Strict):
    """At least one of the conditions holds."""

    conditions: tuple["Condition", ...] = Field(
        alias="any", description="conditions of which one must hold", min_length=1
    )


class NoneOf(_Strict):
    """The condition does not hold."""

    condition: "Condition" = Field(alias="not", description="the condition that must not hold")


_KINDS = ("all", "any", "not", "trait", "score", "score_decile", "field")


def _kind(written: Any) -> str | None:
    keys: Iterable[str] = ()
    if isinstance(written, BaseModel):  # when settings are dumped for their hash
        fields = type(written).model_fields.items()
        keys = [field.alias or name for name, field in fields]
    elif isinstance(written, dict):
        keys = written
    return next((kind for kind in _KINDS if kind in keys), None)


Leaf = TraitCondition | ScoreCondition | DecileCondition | FieldCondition
Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NoneOf, Tag("not")]
    | Annotated[TraitCondition, Tag("trait")]
    | Annotated[ScoreCondition, Tag("score")]
    | Annotated[DecileCondition, Tag("score_decile")]
    | Annotated[FieldCondition, Tag("field")],
    Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message=f"expected a condition with one of the keys {', '.join(_KINDS)}",
    ),
]
AllOf.model_rebuild()
AnyOf.model_rebuild()
NoneOf.model_rebuild()


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every leaf of a condition, in the order of the rule."""
    match condition:
        case AllOf() | AnyOf():
            for one in condition.conditions:
                yield from leaves(one)
        case NoneOf():
            yield from leaves(condition.condition)
        case leaf:
            yield leaf


def holds(condition: Condition) -> Column:
    """True where the condition holds, false elsewhere; never null."""
    match condition:
        case AllOf():
            return reduce(and_, [holds(one) for one in condition.conditions])
        case AnyOf():
            return reduce(or_, [holds(one) for one in condition.conditions])
        case NoneOf():
            return ~holds(condition.condition)
        case leaf:
            return F.coalesce(leaf.column, F.lit(False))  # noqa: FBT003 - a literal of Spark


def reasons(condition: Condition) -> Column:
    """The leaves that hold, as array of text in the order of the rule.

    A leaf below a `not` is listed, with "not" before it, where it does not hold.
    """
    texts = [F.when(holding, F.lit(text)) for holding, text in _leaf_texts(condition)]
    return F.array_compact(F.array(*texts))


def _leaf_texts(condition: Condition, *, is_negated: bool = False) -> list[tuple[Column, str]]:
    """Each leaf as a Column, negated below a `not`, with its text."""
    match condition:
        case AllOf() | AnyOf():
            parts = [_leaf_texts(one, is_negated=is_negated) for one in condition.conditions]
            return [one for part in parts for one in part]
        case NoneOf():
            return _leaf_texts(condition.condition, is_negated=not is_negated)
        case leaf if is_negated:
            return [(~holds(leaf), f"not {leaf.reason}")]
        case leaf:
            return [(holds(leaf), leaf.reason)]


def _shape(op: str) -> str:
    return "a list of values" if op == "in" else "one value"


def _as_decimal(value: Scalar) -> Scalar | Decimal:
    # Money is decimal: 0.1 as a double is not the 0.10 of the settings.
    return Decimal(str(value)) if isinstance(value, float) else value
