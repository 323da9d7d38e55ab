"""Settings of sources: where their data comes from, and in which format."""

import re
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cdp_spark.semantics.codes import CountryCode, CurrencyCode
from cdp_spark.semantics.expectations import DeliveryExpectations
from cdp_spark.semantics.rules import Check, Rule, field_error, rules_of
from cdp_spark.semantics.secrets import REFERENCE, Reference
from cdp_spark.sources.reading import DEFAULT_READING, ReadingSettings, SourceReading

EVENT_FIELDS = (
    "event_id", "event", "event_at", "received_at", "account_id", "order_id", "amount", "currency",
    "product_id", "product_name", "brand", "category", "price", "quantity", "campaign", "email",
    "phone", "first_name", "last_name", "birth_on", "city", "country",
)  # fmt: skip

# A VARIANT path supports no question mark in a name, and no escape for quotes.
_UNSUPPORTED = re.compile(r"""\?|".*'|'.*\"""")
ORDER_ID, ACCOUNT_ID = "order_id", "account_id"
_NAMESPACE = re.compile(r"[a-z][a-z0-9_]*")
_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_$]*"
_SECRET = re.compile(r"secret|password|passwd|pwd|token|jaas|credential|ssl\..*key$", re.IGNORECASE)
_RESERVED = re.compile(r"bootstrap|group\.|auto\.|enable\.auto|isolation|key\.|value\.|interceptor")


class KafkaSettings(BaseModel):
    """A topic; each run reads what was committed before the run began."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    servers: str = Field(min_length=1, description="HOST:PORT, separated by commas")
    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$", description="name of the topic")
    starting: Literal["earliest", "latest"] = Field(
        default="earliest", description="where the first run starts"
    )
    most_records: int = Field(
        default=1_000_000, ge=1, description="maximum number of offsets in a batch"
    )
    accept_gaps: tuple[str, ...] = Field(
        default=(), description="lost offsets to skip, as named in the error"
    )
    options: dict[str, str] = Field(
        default={},
        description="options of the Kafka client, such as security.protocol; "
        "secrets as ${env:NAME} or ${file:PATH}",
    )

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        names = self.options.items()
        reserved = [name for name, _ in names if _RESERVED.match(name)]
        errors = [f"{name}: the source sets this itself; remove it" for name in reserved]
        errors += [
            f"{name}: expected a reference, ${{env:NAME}} or ${{file:PATH}}, found a plain value"
            for name, value in names
            if _SECRET.search(name) and not REFERENCE.search(value)
        ]
        if errors:
            raise ValueError(f"options: {'; '.join(errors)}")
        return self


class TableSettings(BaseModel):
    """A table of a database; each run reads the rows whose cursor has grown since the last run."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(
        pattern=r"^jdbc:(postgresql|mysql|mariadb|oracle|sqlserver):[^\s]+$",
        description="JDBC URL without user and password",
    )
    name: str = Field(
        pattern=rf"^({_IDENTIFIER}\.)?{_IDENTIFIER}$",
        description="TABLE or SCHEMA.TABLE, spelt as in the database",
    )
    cursor: str = Field(
        pattern=f"^{_IDENTIFIER}$", description="column that grows with every insert and update"
    )
    cursor_kind: Literal["number", "timestamp"] = Field(description="whole numbers or timestamps")
    keys: tuple[str, ...] = Field(min_length=1, description="columns that identify a row")
    zone: str = Field(default="UTC", description="time zone of a timestamp cursor without one")
    lag: int | None = Field(
        default=None,
        ge=0,
        description="how far behind the newest row a run stops, for transactions that commit late: "
        "seconds before the run began (default 60), or steps of a number (default 0)",
    )
    rows_per_batch: int = Field(
        default=1_000_000, ge=1, description="maximum number of rows in a batch"
    )
    connections: int = Field(
        default=2, ge=1, le=100, description="number of connections while reading"
    )
    user: Reference = Field(description="${env:NAME} or ${file:PATH}")
    password: Reference = Field(description="${env:NAME} or ${file:PATH}")

    @model_validator(mode="after")
    def _has_no_secrets_or_code(self) -> Self:
        errors = [
            f"keys: expected names of columns, found {key!r}"
            for key in self.keys
            if not re.fullmatch(_IDENTIFIER, key)
        ]
        if re.search(r"user|passw|pwd|secret|token|//[^/?]*@|:[^/:@]+/[^/@]*@", self.url, re.I):
            errors.append("url: contains user or password; use the keys `user` and `password`")
        if self.zone not in available_timezones():
            errors.append(f"zone: expected a time zone such as Europe/Berlin, found {self.zone!r}")
        if errors:
            raise ValueError("; ".join(errors))
        return self


class SourceSettings(BaseModel):
    """One source: a folder of files, a topic or a table, in one format."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the source")
    format: str = Field(description="name of a format")
    path: str = Field(
        default="", description="a folder of files, relative to the lake if not absolute"
    )
    kafka: KafkaSettings | None = Field(default=None, description="or a topic")
    table: TableSettings | None = Field(default=None, description="or a table of a database")
    organisation: str = Field(default="own", description="owner of the data")
    region: str = Field(default="any", description="where it may be kept")
    trust: int = Field(default=50, ge=0, le=100, description="priority when sources disagree")
    namespace: str | dict[str, str] = Field(
        default="",
        description="what its ids are unique in: one name, or one per kind (order_id, account_id,"
        " or a namespaced kind of identity.identifiers); sources of one namespace share ids; empty:"
        " the name of the source",
    )
    country: CountryCode = Field(
        default="",
        description="ISO 3166 alpha-2 code of telephone numbers without a calling code, where the"
        " record names no country; empty: project.country",
    )
    currency: CurrencyCode = Field(
        default="",
        description="tables: ISO 4217 code of amounts without one; empty: project.currency",
    )
    event: str = Field(
        default="",
        description="tables: event name of the rows; with `columns.event`, of rows without one",
    )
    events: dict[str, str] = Field(
        default={},
        description="tables: value of the column `columns.event` → event name, such as paid: Order "
        "Completed; other values are names themselves",
    )
    event_id: Literal["column", "derived"] = Field(
        default="column",
        description="tables: derived makes it from a row's content: equal rows are one event",
    )
    consent: dict[str, str] = Field(
        default={}, description="tables: purpose → column with yes or no"
    )
    delivery: Literal["events", "snapshot"] = Field(
        default="events",
        description="tables: snapshot is for a list that is delivered again and again; rows that "
        "are new or changed become events, and rows that left it become the event `left`",
    )
    key: tuple[str, ...] = Field(
        default=(), description="snapshot: columns that identify a row of the list"
    )
    left: str = Field(default="Left List", description="snapshot: event of a row that left")
    on_missing_column: Literal["fail", "warn"] = Field(
        default="fail",
        description="tables: what happens if a file lacks a column that these settings name; "
        "warn reads the file without it",
    )
    columns: dict[str, str] = Field(
        default={}, description="event field → column, or path in the event"
    )
    identifiers: dict[str, str] = Field(
        default={}, description="identifier kind → column, or path in the event"
    )
    reading: ReadingSettings = Field(default=DEFAULT_READING, description="how files are read")
    deliveries: DeliveryExpectations = Field(
        default=DeliveryExpectations(), description="delivery expectations"
    )
    contract: dict[str, Check] = Field(
        default={}, description="event field, or path below properties, traits or context → check"
    )

    @model_validator(mode="after")
    def _path_stays_below(self) -> Self:
        if ".." in self.path.split("/"):
            raise ValueError(f"path: expected no '..', found {self.path!r}")
        return self

    @field_validator("namespace")
    @classmethod
    def _are_names(cls, given: str | dict[str, str]) -> str | dict[str, str]:
        names = [given] if isinstance(given, str) else given.values()
        if odd := sorted(name for name in names if name and not _NAMESPACE.fullmatch(name)):
            raise ValueError(f"expected lower-case letters, digits and _, found {odd}")
        return given

    def namespace_of(self, kind: str) -> str:
        """The namespace of a kind of ids, such as user_id or order_id."""
        one = self.namespace if isinstance(self.namespace, str) else self.namespace.get(kind)
        return one or self.name

    @model_validator(mode="after")
    def _contract_names_fields(self) -> Self:
        if errors := [error for name in self.contract if (error := field_error(name))]:
            raise ValueError(f"contract: {'; '.join(errors)}")
        return self

    @model_validator(mode="after")
    def _comes_one_way(self) -> Self:
        found = [way for way in ("path", "kafka", "table") if getattr(self, way)]
        if len(found) != 1:
            raise ValueError(f"expected exactly one of path, kafka and table, found {found}")
        if (self.table and self.format != "table") or (self.path and self.format == "table"):
            raise ValueError("format: 'table' is for rows of a database or a topic, not for files")
        return self

    @model_validator(mode="after")
    def _columns_name_event_fields(self) -> Self:
        if unknown := sorted(set(self.columns) - set(EVENT_FIELDS)):
            raise ValueError(f"columns: unknown event fields {unknown}; known are {EVENT_FIELDS}")
        names = {*self.columns.values(), *self.identifiers.values(), *self.consent.values()}
        if odd := sorted(name for name in names if not name or _UNSUPPORTED.search(name)):
            raise ValueError(f"columns: names that can't be read: {odd}; rename them at the source")
        return self

    @model_validator(mode="after")
    def _ids_and_keys_fit(self) -> Self:
        if self.event_id == "derived" and "event_id" in self.columns:
            raise ValueError("event_id: 'derived' and columns.event_id exclude each other")
        if (self.delivery == "snapshot") != bool(self.key):
            raise ValueError("key: expected with `delivery: snapshot` and only then")
        if self.delivery == "snapshot" and not self.path:
            raise ValueError("delivery: snapshot is for files; set `path`")
        if self.delivery == "snapshot" and "event_id" in self.columns:
            raise ValueError("columns.event_id: a snapshot makes it from key and content; remove")
        if self.events and "event" not in self.columns:
            raise ValueError("events: expected with columns.event only")
        return self

    @property
    def file_reading(self) -> SourceReading:
        """How the files of this source are read."""
        own = dict(self.reading)
        may_miss = self.on_missing_column == "warn"
        return SourceReading.model_construct(
            **own, mapped=self.mapped_columns, may_miss_columns=may_miss
        )

    @property
    def mapped_columns(self) -> tuple[str, ...]:
        """The columns that these settings name, sorted."""
        named = (self.columns, self.identifiers, self.consent)
        return tuple(sorted({column for one in named for column in one.values()} | {*self.key}))


class SourcesSettings(BaseModel):
    """All sources."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    entries: tuple[SourceSettings, ...] = Field(min_length=1, description="one per source")
    longest_record: int = Field(
        default=16_000_000, ge=1_000, description="a file with a record of more bytes is rejected"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [entry.name for entry in self.entries]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"entries: expected distinct names, found twice: {doubled}")
        return self

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the contracts of all sources."""
        return tuple(rule for one in self.entries for rule in rules_of(one.name, one.contract))
