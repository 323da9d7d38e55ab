"""Settings of silver: what events must be like."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.terms.rules import CONTRACT_REASONS, Rule


class QualitySettings(BaseModel):
    """Rules that go beyond one source's contract."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    rules: tuple[Rule, ...] = Field(default=(), description="asked of every event in their scope")

    @model_validator(mode="after")
    def _rules_differ(self) -> Self:
        told = [(rule.name, rule.field) for rule in self.rules]
        if twice := sorted({one for one in told if told.count(one) > 1}):
            raise ValueError(f"rules with the same name and field: {twice}")
        if taken := sorted({name for name, _ in told if name in CONTRACT_REASONS}):
            raise ValueError(f"names that contracts of sources use: {taken}")
        return self
