"""Settings of sources: what is delivered where, in which format."""

import re
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cdp_spark.sources.reading import AS_IT_IS, ReadingSettings
from cdp_spark.terms.promises import Promises
from cdp_spark.terms.rules import Check, Rule, field_fault, rules_of
from cdp_spark.terms.secrets import REFERENCE, Reference

EVENT_FIELDS = (
    "event_id", "event_at", "received_at", "order_id", "amount", "currency", "product_id",
    "product_name", "brand", "category", "price", "quantity", "campaign", "email", "phone",
    "first_name", "last_name", "birth_on", "city", "country",
)  # fmt: skip

# A VARIANT path knows no question mark in a name and no escape for the quotes around it.
_UNASKABLE = re.compile(r"""\?|".*'|'.*\"""")


_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_$]*"
_SECRET = re.compile(r"secret|password|passwd|pwd|token|jaas|credential|ssl\..*key$", re.IGNORECASE)
_OURS = re.compile(r"bootstrap|group\.|auto\.|enable\.auto|isolation|key\.|value\.|interceptor")


class KafkaSettings(BaseModel):
    """A topic; each run takes what was committed to it until the run began."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    servers: str = Field(min_length=1, description="HOST:PORT, several apart by commas")
    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$", description="one topic")
    starting: Literal["earliest", "latest"] = Field(
        default="earliest", description="where the first run of all begins"
    )
    most_records: int = Field(default=1_000_000, ge=1, description="offsets taken in one batch")
    accept_gaps: tuple[str, ...] = Field(
        default=(), description="lost offsets to go on without, as the error names them"
    )
    options: dict[str, str] = Field(
        default={},
        description="of the Kafka client, such as security.protocol; "
        "secrets as ${env:NAME} or ${file:PATH}",
    )

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        names = self.options.items()
        ours = [name for name, _ in names if _OURS.match(name)]
        faults = [f"{name} is set by the source itself" for name in ours]
        faults += [
            f"{name}: its secret has to be ${{env:NAME}} or ${{file:PATH}}"
            for name, value in names
            if _SECRET.search(name) and not REFERENCE.search(value)
        ]
        if faults:
            raise ValueError(f"options: {'; '.join(faults)}")
        return self


class TableSettings(BaseModel):
    """A table of a database; each run takes the rows whose cursor has grown since the last."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(
        pattern=r"^jdbc:(postgresql|mysql|mariadb|oracle|sqlserver):[^\s]+$",
        description="JDBC URL without user and password",
    )
    name: str = Field(
        pattern=rf"^({_IDENTIFIER}\.)?{_IDENTIFIER}$",
        description="TABLE or SCHEMA.TABLE, spelt as the database does",
    )
    cursor: str = Field(
        pattern=f"^{_IDENTIFIER}$", description="column that grows with every insert and update"
    )
    cursor_kind: Literal["number", "timestamp"] = Field(description="whole numbers or moments")
    keys: tuple[str, ...] = Field(min_length=1, description="columns that name a row")
    zone: str = Field(default="UTC", description="time zone of a timestamp cursor without one")
    lag: int | None = Field(
        default=None,
        ge=0,
        description="how far behind the newest row a run stays, for transactions that commit late: "
        "seconds before the run began (60 if not given), or steps of a number (0)",
    )
    rows_per_batch: int = Field(default=1_000_000, ge=1, description="rows taken in one batch")
    connections: int = Field(default=2, ge=1, le=100, description="open at once while reading")
    user: Reference = Field(description="${env:NAME} or ${file:PATH}")
    password: Reference = Field(description="${env:NAME} or ${file:PATH}")

    @model_validator(mode="after")
    def _holds_no_secret_and_no_code(self) -> Self:
        faults = [f"keys: {key!r} is no name" for key in self.keys if not _is_name(key)]
        if re.search(r"user|passw|pwd|secret|token|//[^/?]*@|:[^/:@]+/[^/@]*@", self.url, re.I):
            faults.append("url: user and password have keys of their own")
        if self.zone not in available_timezones():
            faults.append(f"zone: no time zone {self.zone!r}")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _is_name(text: str) -> bool:
    return re.fullmatch(_IDENTIFIER, text) is not None


class SourceSettings(BaseModel):
    """One source: a folder of files, a topic or a table, in one format."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the source")
    format: str = Field(description="a file of cdp_spark/sources/formats")
    path: str = Field(default="", description="a folder of files, below the lake's if relative")
    kafka: KafkaSettings | None = Field(default=None, description="or a topic")
    table: TableSettings | None = Field(default=None, description="or a table of a database")
    organisation: str = Field(default="own", description="whose data it is")
    region: str = Field(default="any", description="where it may be kept")
    trust: int = Field(default=50, ge=0, le=100, description="priority when sources disagree")
    event: str = Field(default="", description="tables: name of the event a row becomes")
    columns: dict[str, str] = Field(
        default={}, description="event field → column, or place in the event"
    )
    identifiers: dict[str, str] = Field(
        default={}, description="kind → column, or place in the event"
    )
    reading: ReadingSettings = Field(default=AS_IT_IS, description="how its files are read")

    deliveries: Promises = Field(
        default=Promises(), description="how often it delivers, and how much"
    )
    contract: dict[str, Check] = Field(
        default={}, description="event field, or path below properties, traits or context → check"
    )

    @model_validator(mode="after")
    def _path_stays_below(self) -> Self:
        if ".." in self.path.split("/"):
            raise ValueError(f"path: '..' leads out of its folder, found {self.path!r}")
        return self

    @model_validator(mode="after")
    def _contract_names_fields(self) -> Self:
        if faults := [fault for name in self.contract if (fault := field_fault(name))]:
            raise ValueError(f"contract: {'; '.join(faults)}")
        return self

    @model_validator(mode="after")
    def _comes_one_way(self) -> Self:
        found = [way for way in ("path", "kafka", "table") if getattr(self, way)]
        if len(found) != 1:
            raise ValueError(f"expected exactly one of path, kafka and table, found {found}")
        if (self.table and self.format != "table") or (self.path and self.format == "table"):
            raise ValueError(
                "format: 'table' is for rows of a database or of a topic, not of files"
            )
        return self

    @model_validator(mode="after")
    def _columns_name_event_fields(self) -> Self:
        if unknown := sorted(set(self.columns) - set(EVENT_FIELDS)):
            raise ValueError(f"columns: unknown event fields {unknown}; known are {EVENT_FIELDS}")
        told = {*self.columns.values(), *self.identifiers.values()}
        if odd := sorted(name for name in told if not name or _UNASKABLE.search(name)):
            raise ValueError(f"columns that can't be asked for: {odd}; rename them at the source")
        return self


class SourcesSettings(BaseModel):
    """All sources."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    entries: tuple[SourceSettings, ...] = Field(min_length=1, description="one per source")
    longest_record: int = Field(
        default=16_000_000, ge=1_000, description="bytes above which a record refuses its file"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [entry.name for entry in self.entries]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"sources with the same name: {doubled}")
        return self

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What the contracts of all sources ask."""
        return tuple(rule for one in self.entries for rule in rules_of(one.name, one.contract))
