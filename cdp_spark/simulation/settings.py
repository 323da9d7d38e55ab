"""Settings of the simulated world."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0.0, le=1.0)]


class HazardRates(BaseModel):
    """How often the simulated data is wrong, shared or late; each rate is a share from 0 to 1."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    login: Rate = Field(
        default=0.5, description="visits of an account on an own device that log in"
    )
    household: Rate = Field(default=0.22, description="households of three that share one tablet")
    household_visit: Rate = Field(default=0.25, description="visits of these people on that tablet")
    household_login: Rate = Field(default=0.85, description="visits on a shared tablet that log in")
    kiosk_visit: Rate = Field(default=0.03, description="visits made on a store's tablet")
    kiosk_login: Rate = Field(
        default=0.90, description="visits on a store's tablet with a login or card"
    )
    junk_email: Rate = Field(default=0.02, description="given e-mails that are a known placeholder")
    junk_phone: Rate = Field(default=0.05, description="given phones that are a known placeholder")
    junk_user: Rate = Field(
        default=0.02, description="events without login that have a placeholder as user id"
    )
    zero_advertising: Rate = Field(
        default=0.20, description="apps that report an advertising id of zeros"
    )
    switchboard: Rate = Field(
        default=0.08, description="people who also give their company's phone"
    )
    group_email: Rate = Field(
        default=0.06, description="people who also give an e-mail used by dozens"
    )
    email_typo: Rate = Field(default=0.02, description="given e-mails with a typing error")
    email_style: Rate = Field(
        default=0.25, description="given e-mails with capitals, spaces, tags or dots"
    )
    phone_style: Rate = Field(
        default=0.60, description="given phones with prefix, spaces or parentheses"
    )
    namesake: Rate = Field(default=0.03, description="people with the full name of somebody else")
    recycled_phone: Rate = Field(
        default=0.004, description="people whose number belonged to another before"
    )
    resold_device: Rate = Field(
        default=0.004, description="people whose phone, with its app, belonged to another before"
    )
    late: Rate = Field(
        default=0.03, description="events delivered one to 30 days after they happened"
    )
    duplicate: Rate = Field(default=0.03, description="events delivered twice")
    broken: Rate = Field(default=0.002, description="delivered lines that cannot be parsed")


class WorldSettings(BaseModel):
    """The size, the span and the hazards of a simulated world."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    seed: int = Field(
        default=7, description="the same seed gives the same rows, another seed another world"
    )
    people: int = Field(
        default=600, ge=1, le=400_000_000, description="how many people are simulated"
    )
    start_on: date = Field(default=date(2025, 1, 1), description="first day with events")
    days: int = Field(default=240, ge=30, le=3650, description="days of deliveries, from start_on")
    daily_days: int = Field(
        default=5, ge=0, le=30, description="last days, to be delivered one at a time"
    )
    visits: float = Field(
        default=27.0, gt=0, le=200, description="mean visits of a person active for 240 days"
    )
    currency: str = Field(
        default="EUR", pattern="^[A-Z]{3}$", description="currency of every amount"
    )
    churn: Rate = Field(default=0.35, description="people inclined to leave within months")
    account: Rate = Field(
        default=0.85, description="people who have an account; the others are guests"
    )
    loyalty: Rate = Field(default=0.50, description="people who hold a loyalty card")
    store_visit: Rate = Field(default=0.20, description="visits of card holders made in a store")
    email_visit: Rate = Field(default=0.15, description="visits that are a read campaign e-mail")
    hazards: HazardRates = Field(default=HazardRates(), description="how often the data is wrong")
