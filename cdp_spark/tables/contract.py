"""The contract of a table: its name, grain, key and fields, defined once."""

from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema

Kind = Literal["fact", "state", "snapshot"]
Personal = Literal["none", "pseudonym", "direct"]

FACT: Kind = "fact"
STATE: Kind = "state"
SNAPSHOT: Kind = "snapshot"
PSEUDONYM: Personal = "pseudonym"
DIRECT: Personal = "direct"

TEXT = T.StringType()
TOKEN = T.StringType()
WHOLE = T.LongType()
SMALL = T.IntegerType()
REAL = T.DoubleType()
FRACTION = T.DoubleType()
FLAG = T.BooleanType()
DAY = T.DateType()
INSTANT = T.TimestampType()
MONEY = T.DecimalType(18, 2)
BYTES = T.BinaryType()
VARIANT = T.VariantType()
TEXTS = T.ArrayType(T.StringType())
FLAGS = T.MapType(T.StringType(), T.BooleanType())
AMOUNTS = T.MapType(T.StringType(), T.DecimalType(18, 2))
FIGURES = T.MapType(T.StringType(), T.DoubleType())

# Currencies of amounts without a column of their own: that of the setting, that of the events.
PROJECT_CURRENCY, EVENT_CURRENCY = "project.currency", "silver.event.currency"

# Types for which Delta keeps no minimum and maximum.
_WITHOUT_STATISTICS = (
    T.BooleanType,
    T.VariantType,
    T.MapType,
    T.ArrayType,
    T.StructType,
    T.BinaryType,
)


@dataclass(frozen=True)
class Field:
    """One column: its name, type, meaning, and how personal it is.

    `personal` is none, pseudonym (a stable substitute, may have statistics) or direct (masked,
    never a key, no statistics). `unit` of an amount is the column with its currency, or
    PROJECT_CURRENCY or EVENT_CURRENCY. `volatile` columns depend on the run, not on the data:
    comparisons of two tables leave them out.
    """

    name: str
    type: T.DataType
    meaning: str
    required: bool = False
    personal: Personal = "none"
    unit: str = ""
    volatile: bool = False


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    `key` identifies a row; `reads` are the tables it is built from; `subject` is the column that
    identifies a person; `clustering` lists the columns that files are clustered by.
    """

    name: str
    kind: Kind
    grain: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    reads: tuple["Table", ...] = ()
    subject: str = ""
    clustering: tuple[str, ...] = ()
    schema: T.StructType = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Raise for a contract that contradicts itself."""
        names = [one.name for one in self.fields]
        faults = [f"duplicate field {name}" for name in set(names) if names.count(name) > 1]
        faults += [f"key {name} is not a field" for name in self.key if name not in names]
        faults += [
            f"clustering {name} is not a field" for name in self.clustering if name not in names
        ]
        faults += [
            f"key {one.name} is a direct personal value"
            for one in self.fields
            if one.name in (*self.key, *self.clustering) and one.personal == DIRECT
        ]
        if self.subject and self.subject not in names:
            faults.append(f"subject {self.subject} is not a field")
        if self.kind == SNAPSHOT and "as_of_on" not in self.key:
            faults.append("a snapshot without as_of_on in its key")
        faults += [
            f"amount {one.name} names no currency; give unit, a column or {PROJECT_CURRENCY}"
            for one in self.fields
            if one.type == MONEY and one.unit not in (PROJECT_CURRENCY, EVENT_CURRENCY, *names)
        ]
        if faults:
            raise ValueError(f"{self.name}: {'; '.join(faults)}")
        structure = T.StructType(
            [T.StructField(one.name, one.type, nullable=not one.required) for one in self.fields]
        )
        object.__setattr__(self, "schema", structure)

    def __hash__(self) -> int:
        """Tables are distinguished by name."""
        return hash(self.name)

    @property
    def arrow_schema(self) -> pa.Schema:
        """The columns as an Arrow schema, timestamps in UTC."""
        return to_arrow_schema(self.schema, timezone="UTC")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in stored order."""
        return tuple(one.name for one in self.fields)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that are never null."""
        return tuple(one.name for one in self.fields if one.required)

    @property
    def content(self) -> tuple[str, ...]:
        """Names of the columns that two equal tables share: all but the volatile ones."""
        return tuple(one.name for one in self.fields if not one.volatile)

    @property
    def statistics(self) -> tuple[str, ...]:
        """Names of the columns that may have a minimum and maximum in the log."""
        return tuple(
            one.name
            for one in self.fields
            if one.personal != DIRECT and not isinstance(one.type, _WITHOUT_STATISTICS)
        )
