"""Reads tables over JDBC: SQL quoting and timestamps per kind of database, and the queries.

Names come from settings that allow only letters, digits, `_` and `$`, and are quoted. Bounds are
numbers and timestamps formatted here. No other text of the settings gets into SQL.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.semantics.secrets import SecretMissing, revealed, without
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.settings import TableSettings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FETCHED = "5000"  # rows held at once per connection
Bounds = tuple[int | None, int | None]


@dataclass(frozen=True)
class Kind:
    """A kind of database. `zoned` and `plain` are timestamp literals with and without time zone."""

    driver: str
    quote: str = '"'
    zoned: str = "TIMESTAMP '{}+00:00'"
    plain: str = "TIMESTAMP '{}'"


# PostgreSQL ignores the zone in a plain TIMESTAMP literal.
_KINDS = {
    "postgresql": Kind("org.postgresql.Driver", zoned="TIMESTAMP WITH TIME ZONE '{}+00:00'"),
    "mysql": Kind("com.mysql.cj.jdbc.Driver", quote="`"),
    "mariadb": Kind("org.mariadb.jdbc.Driver", quote="`"),
    "oracle": Kind("oracle.jdbc.OracleDriver"),
    "sqlserver": Kind(
        "com.microsoft.sqlserver.jdbc.SQLServerDriver",
        zoned="CAST('{}+00:00' AS datetimeoffset)",
        plain="CAST('{}' AS datetime2)",
    ),
}


def moment_text(micros: int) -> str:
    """Microseconds since 1970 as text."""
    return (_EPOCH + micros * _MICROSECOND).replace(tzinfo=None).isoformat(timespec="microseconds")


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970; a time without zone counts as UTC."""
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // _MICROSECOND


@dataclass(frozen=True)
class Database:
    """One table of a database; cursors are whole numbers.

    A cursor is the value of the column, or microseconds since 1970 without its time zone.
    """

    spark: SparkSession
    settings: TableSettings

    @property
    def _kind(self) -> Kind:
        return _KINDS[self.settings.url.split(":")[1]]

    @property
    def _table(self) -> str:
        return ".".join(self._quoted(part) for part in self.settings.name.split("."))

    def _quoted(self, name: str) -> str:
        return f"{self._kind.quote}{name}{self._kind.quote}"

    def schema(self) -> T.StructType:
        """The columns of the table.

        Raises:
            SourceUnreadable: the database can't be reached, or there is no such table.
        """
        with self._readable_errors():
            return self.spark.read.jdbc(
                self.settings.url, self._table, properties=self._properties()
            ).schema

    def span(self, bounds: Bounds, schema: T.StructType) -> tuple[int, int, int]:
        """Number of rows in (start, end], their smallest and largest cursor; (0, 0, 0) if none.

        Raises:
            SourceUnreadable: the database can't be reached.
        """
        cursor, where = self._quoted(self.settings.cursor), self.condition(bounds, schema)
        query = (
            f"SELECT COUNT({cursor}) AS n, MIN({cursor}) AS low, MAX({cursor}) AS high "  # noqa: S608 - see above
            f"FROM {self._table} WHERE {where}"
        )
        with self._readable_errors():
            found = self.spark.read.jdbc(
                self.settings.url, f"({query}) bounds", properties=self._properties()
            ).toDF("count", "low", "high")
            row = found.select(
                F.col("count").cast("long"), self.cursor_number("low"), self.cursor_number("high")
            ).first()
        return (int(row[0]), int(row[1]), int(row[2])) if row and row[0] else (0, 0, 0)

    def rows(self, parts: list[Bounds], schema: T.StructType) -> DataFrame:
        """The rows with a cursor in one of the parts, one connection per part.

        Decimals are text as the database writes them, because Spark's type truncates long ones.
        """
        decimals = [one.name for one in schema if isinstance(one.dataType, T.DecimalType)]
        texts = {"customSchema": ", ".join(f"`{name}` STRING" for name in decimals)}
        with self._readable_errors():
            return self.spark.read.jdbc(
                self.settings.url,
                self._table,
                predicates=[self.condition(bounds, schema) for bounds in parts],
                properties=self._properties() | (texts if decimals else {}),
            )

    def cursor_number(self, cursor: str) -> Column:
        """A column of cursors as whole numbers."""
        if self.settings.cursor_kind == "timestamp":
            return F.unix_micros(F.col(cursor).cast("timestamp"))
        return F.col(cursor).cast("decimal(38,0)").cast("long")

    def condition(self, bounds: Bounds, schema: T.StructType) -> str:
        """The SQL condition for cursors in (start, end]; None means unbounded."""
        cursor = self._quoted(self.settings.cursor)
        signs = zip((">", "<="), bounds, strict=True)
        conditions = [
            f"{cursor} {sign} {self._literal(bound, schema)}"
            for sign, bound in signs
            if bound is not None
        ]
        return " AND ".join(conditions or [f"{cursor} IS NOT NULL"])

    def _literal(self, number: int, schema: T.StructType) -> str:
        if self.settings.cursor_kind == "number":
            return str(int(number))
        is_plain = isinstance(schema[self.settings.cursor].dataType, T.TimestampNTZType)
        written = self._kind.plain if is_plain else self._kind.zoned
        return written.format(moment_text(number).replace("T", " "))

    def _properties(self) -> dict[str, str]:
        """Properties of a connection, with the secrets in plain text; used nowhere else."""
        user, password = self._secrets()
        return {
            "user": user,
            "password": password,
            "driver": self._kind.driver,
            "fetchsize": _FETCHED,
            "preferTimestampNTZ": "true",  # else the JVM's time zone shifts the values
        }

    def _secrets(self) -> tuple[str, str]:
        try:
            return revealed(self.settings.user), revealed(self.settings.password)
        except SecretMissing as missing:
            raise SourceUnreadable(f"table {self.settings.name}: {missing}") from missing

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            yield
        except (Py4JJavaError, PySparkException) as error:
            why = without(_root_cause(error), self._secrets()[1])
            at = f"table {self.settings.name} at {self.settings.url}"
            raise SourceUnreadable(f"{at}: {why}") from None  # the cause may contain a secret


def _root_cause(error: Exception) -> str:
    """The message of the JDBC driver; Spark's own message does not give the cause."""
    name = "java_exception" if isinstance(error, Py4JJavaError) else "_origin"
    cause = getattr(error, name, None)
    if cause is None:
        return str(error).split("\n", 1)[0]
    while cause.getCause() is not None:
        cause = cause.getCause()
    return str(cause.getMessage()).split("\n", 1)[0]
