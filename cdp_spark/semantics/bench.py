"""What a room needs to read stored rows and materialize frames."""

from typing import Protocol

from pyspark.sql import DataFrame

from cdp_spark.tables import Table


class Bench(Protocol):
    """Reads tables and materializes frames; a lake is one."""

    def read(self, table: Table) -> DataFrame:
        """All stored rows of a table."""

    def materialize(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows, materialized."""

    def count(self, rows: DataFrame) -> int:
        """The number of rows; known without a job if they are materialized."""
