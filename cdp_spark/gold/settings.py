"""Settings of gold: what is a session, an order and the best value of a field."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cdp_spark.values.currency import currency_codes

_LARGEST_RATE = Decimal(10) ** 9

Survivorship = Literal["most_recent", "source_priority"]


class OrderSettings(BaseModel):
    """Which events make an order."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    whole: tuple[str, ...] = Field(description="events of a whole order: the first counts")
    lines: tuple[str, ...] = Field(description="events of one order line: added up")
    refunded: tuple[str, ...] = Field(description="events of a refund: added up")


class CurrencySettings(BaseModel):
    """Exchange rates into the project's currency, from conf/currencies.csv."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    max_age_days: int = Field(
        default=7,
        ge=0,
        description="days for which a rate holds where none follows",
        json_schema_extra={"unit": "d"},
    )
    rates: tuple[str, ...] = Field(
        default=(),
        description="DAY,CURRENCY,RATE: units of the project's currency for one unit of CURRENCY; "
        "the lines of conf/currencies.csv",
    )

    @field_validator("rates")
    @classmethod
    def _rates_are_readable(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        faults = [
            f"line {number}: expected DAY,CURRENCY,RATE such as 2026-11-20,USD,0.91, found {line!r}"
            for number, line in enumerate(lines, start=1)
            if _rate(line) is None
        ]
        if faults:
            more = f"; {len(faults) - 3} more" if len(faults) > 3 else ""  # noqa: PLR2004
            raise ValueError("; ".join(faults[:3]) + more)
        keys = Counter(tuple(line.split(",")[:2]) for line in lines)
        if twice := sorted(",".join(key) for key, count in keys.items() if count > 1):
            raise ValueError(f"expected one rate per day and currency, found two: {twice[:3]}")
        return lines

    @property
    def parsed_rates(self) -> Iterator[tuple[date, str, Decimal]]:
        """Day, currency and rate of each line."""
        return (found for line in self.rates if (found := _rate(line)) is not None)


def _rate(line: str) -> tuple[date, str, Decimal] | None:
    parts = [part.strip() for part in line.split(",")]
    try:
        on, code, rate = date.fromisoformat(parts[0]), parts[1], Decimal(parts[2])
    except (ValueError, IndexError, InvalidOperation):
        return None
    is_rate = rate.is_finite() and 0 < rate < _LARGEST_RATE
    return (on, code, rate) if code in currency_codes() and is_rate else None


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
