"""What a table is: its name, grain, key and fields, said once and used everywhere."""

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
FIGURES = T.MapType(T.StringType(), T.DoubleType())

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
    """One column: its name, type and meaning, and how personal it is.

    `personal` is none, pseudonym (a stable stand-in, may carry statistics) or direct (masked,
    never a key, no statistics). `volatile` columns tell of the run, not of the world: they are
    left out when two tables are compared.
    """

    name: str
    type: T.DataType
    meaning: str
    required: bool = False
    personal: Personal = "none"
    category: str = ""
    unit: str = ""
    volatile: bool = False


@dataclass(frozen=True)
class Table:
    """One table of the lake and everything other parts need to know of it.

    `key` identifies a row; `reads` are the tables it is made from; `subject` is the column that
    leads to a person; `clustering` lists the columns files are laid out by.
    """

    name: str
    kind: Kind
    grain: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    reads: tuple["Table", ...] = ()
    subject: str = ""
    clustering: tuple[str, ...] = ()
    retention: str = "unlimited"
    schema: T.StructType = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a contract that contradicts itself."""
        names = [one.name for one in self.fields]
        faults = [f"field {name} twice" for name in set(names) if names.count(name) > 1]
        faults += [f"key {name} is no field" for name in self.key if name not in names]
        faults += [
            f"clustering {name} is no field" for name in self.clustering if name not in names
        ]
        faults += [
            f"key {one.name} is a direct personal value"
            for one in self.fields
            if one.name in (*self.key, *self.clustering) and one.personal == DIRECT
        ]
        if self.subject and self.subject not in names:
            faults.append(f"subject {self.subject} is no field")
        if faults:
            raise ValueError(f"{self.name}: {'; '.join(faults)}")
        structure = T.StructType(
            [T.StructField(one.name, one.type, nullable=not one.required) for one in self.fields]
        )
        object.__setattr__(self, "schema", structure)

    def __hash__(self) -> int:
        """Tables are told apart by name."""
        return hash(self.name)

    @property
    def arrow_schema(self) -> pa.Schema:
        """The columns as Arrow has them, moments in UTC."""
        return to_arrow_schema(self.schema, timezone="UTC")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in the order they are stored."""
        return tuple(one.name for one in self.fields)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that are never null."""
        return tuple(one.name for one in self.fields if one.required)

    @property
    def content(self) -> tuple[str, ...]:
        """Names of the columns that tell of the world: what equality of tables means."""
        return tuple(one.name for one in self.fields if not one.volatile)

    @property
    def statistics(self) -> tuple[str, ...]:
        """Names of the columns that may keep minimum and maximum in the clear."""
        return tuple(
            one.name
            for one in self.fields
            if one.personal != DIRECT and not isinstance(one.type, _WITHOUT_STATISTICS)
        )
