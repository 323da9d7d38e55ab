"""The part of a lake that rooms use to read stored rows and to materialize frames."""

from typing import Protocol

from pyspark.sql import DataFrame

from cdp_spark.tables import Table


class LakeReader(Protocol):
    """Reads tables and materializes frames."""

    def read(self, table: Table) -> DataFrame:
        """All stored rows of a table."""

    def materialize(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows, materialized."""

    def count(self, rows: DataFrame) -> int:
        """The number of rows; known without a job if they are materialized."""
