"""Settings of silver: quality rules over events."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.semantics.rules import CONTRACT_REASONS, Rule


class QualitySettings(BaseModel):
    """Rules that go beyond one source's contract."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    clock_tolerance_minutes: int = Field(
        default=60,
        ge=0,
        description="an event that is later than its receipt by more happened at its receipt",
    )
    rules: tuple[Rule, ...] = Field(default=(), description="checked on every event in scope")

    @property
    def clock_tolerance(self) -> timedelta:
        """`clock_tolerance_minutes` as a span."""
        return timedelta(minutes=self.clock_tolerance_minutes)

    @model_validator(mode="after")
    def _rules_differ(self) -> Self:
        named = [(rule.name, rule.field) for rule in self.rules]
        if twice := sorted({one for one in named if named.count(one) > 1}):
            raise ValueError(f"rules: the same name and field twice: {twice}; rename one")
        if reserved := sorted({name for name, _ in named if name in CONTRACT_REASONS}):
            raise ValueError(f"rules: names reserved for source contracts: {reserved}; rename them")
        return self
