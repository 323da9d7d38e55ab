import pytest
from pyspark.sql import SparkSession

from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.sample import sample


def test_every_contract_gives_a_sample_row(spark: SparkSession) -> None:
    for table in TABLES.values():
        rows = sample(spark, table, {}, {})
        assert rows.schema == table.schema
        assert rows.count() == 2


def test_a_misspelt_column_is_refused(spark: SparkSession) -> None:
    with pytest.raises(KeyError, match="emial"):
        sample(spark, TABLES["gold.customer"], {"emial": "x"})
