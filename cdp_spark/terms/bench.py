"""What a room that plans several tables needs of whoever runs it."""

from typing import Protocol

from pyspark.sql import DataFrame

from cdp_spark.tables import Table


class Bench(Protocol):
    """Where stored rows are read and rows are computed once; a lake is one."""

    def read(self, table: Table) -> DataFrame:
        """All stored rows of a table."""

    def keep(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows computed once."""

    def count(self, rows: DataFrame) -> int:
        """How many rows there are; of those kept it is known."""
