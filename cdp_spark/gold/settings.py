"""Settings of gold: what is a session, an order and the best value of a field."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Survivorship = Literal["most_recent", "source_priority"]


class OrderSettings(BaseModel):
    """Which events make an order."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    whole: tuple[str, ...] = Field(description="events of a whole order: the first counts")
    lines: tuple[str, ...] = Field(description="events of one order line: added up")
    refunded: tuple[str, ...] = Field(description="events of a refund: added up")


class GoldSettings(BaseModel):
    """How customers, sessions and orders are built."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    session_gap_minutes: int = Field(
        default=30, ge=1, description="gap that ends a session", json_schema_extra={"unit": "min"}
    )
    orders: OrderSettings
    survivorship: dict[str, Survivorship] = Field(
        description="field of gold.customer → which of several values is kept"
    )
