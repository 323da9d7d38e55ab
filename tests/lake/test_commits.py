from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Lake, LakeError, Overwrite, TableMoved, commits
from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.lake.ledger import append_run
from cdp_spark.lake.storage import create, feed, last_number, path_of, rows_by_delta, version_of
from cdp_spark.tables import Table
from cdp_spark.tables.audience import MEMBERSHIP
from cdp_spark.tables.features import TRAIT
from cdp_spark.tables.gold import CUSTOMER, ORDER, SESSION
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.sample import sample

Opened = Callable[..., Lake]
# Between them: decimals, days, moments, maps, lists, structs and nulls.
_TABLES = (CUSTOMER, ORDER, SESSION, TRAIT, LINK, MEMBERSHIP)


@pytest.fixture
def by_spark(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on nothing is committed on the driver."""
    return lambda: monkeypatch.setattr(commits, "driver_table", lambda *_: None)


def _rows(spark: SparkSession, table: Table, numbers: range) -> DataFrame:
    key = next(name for name in table.key if table.schema[name].dataType.typeName() == "string")
    return sample(spark, table, *[{key: f"{key} {number}"} for number in numbers])


def _written(spark: SparkSession, lake: Lake, table: Table) -> None:
    """Insert, then update, insert and delete, then insert only."""
    names = [name for name in table.content if name not in table.key]
    text = next((n for n in names if table.schema[n].dataType.typeName() == "string"), None)
    lake.merge(table, _rows(spark, table, range(6)))
    other = _rows(spark, table, range(3, 8))
    changed = other.withColumn(text, F.lit("another")) if text else other
    lake.publish({table: Overwrite(changed)})
    lake.merge(table, _rows(spark, table, range(20, 22)))


def _changes(spark: SparkSession, root: str, table: Table) -> list[str]:
    rows = feed(spark, root, table, 1, version_of(root, table))
    shown = F.to_json(F.struct("_commit_version", "_change_type", *table.columns))
    return sorted(row[0] for row in rows.select(shown).collect())


def test_a_table_written_on_the_driver_and_by_spark_is_the_same_and_so_is_its_change_feed(
    spark: SparkSession, open_lake: Opened, by_spark: Callable[[], None]
) -> None:
    first = open_lake()
    found: list[list[Any]] = []
    for suffix in ("driver", "spark"):
        if suffix == "spark":
            by_spark()
        root = f"{first.root}-{suffix}"
        for table in _TABLES:
            _written(spark, Lake(spark, root, first.run), table)
        read = {t: rows_by_delta(spark, root, t, version_of(root, t)) for t in _TABLES}
        found.append([(content_hash(read[t], t), _changes(spark, root, t)) for t in _TABLES])
        engines = spark.sql(f"DESCRIBE HISTORY delta.`{path_of(root, CUSTOMER)}`").collect()
        by = {str(row["engineInfo"]).split(":")[0].split("/")[0] for row in engines[:3]}
        assert by == {"delta-rs" if suffix == "driver" else "Apache-Spark"}
    assert found[0] == found[1]


def test_a_commit_to_another_version_is_rejected_by_both(
    spark: SparkSession, lake: Lake, by_spark: Callable[[], None]
) -> None:
    lake.merge(CUSTOMER, _rows(spark, CUSTOMER, range(1)))
    version = version_of(lake.root, CUSTOMER)
    arrow = _rows(spark, CUSTOMER, range(5, 6)).select(*CUSTOMER.columns).toArrow()
    with pytest.raises(TableMoved, match=r"gold\.customer: .*run again"):
        commits.append(lake.root, CUSTOMER, arrow, ("writer", 1), version - 1)
    assert commits.append(lake.root, CUSTOMER, arrow, ("writer", 1), version)
    assert last_number(spark, lake.root, CUSTOMER, "writer") == 1
    by_spark()
    assert not commits.append(lake.root, CUSTOMER, arrow, ("writer", 2), version + 1)
    assert version_of(lake.root, CUSTOMER) == version + 1


def test_an_error_on_the_driver_shows_no_value(spark: SparkSession, lake: Lake) -> None:
    create(spark, lake.root, CUSTOMER)
    arrow = sample(spark, CUSTOMER, {"email": "kept.secret@shop.org"}).toArrow()
    place = arrow.column_names.index("is_known")
    broken = arrow.set_column(place, "is_known", pa.nulls(1, pa.bool_()))
    with pytest.raises(LakeError) as raised:
        commits.append(lake.root, CUSTOMER, broken, ("writer", 1), 0)
    assert "kept.secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert version_of(lake.root, CUSTOMER) == 0


def test_a_run_is_recorded_the_same_by_both(
    spark: SparkSession, lake: Lake, by_spark: Callable[[], None]
) -> None:
    create(spark, lake.root, RUN)
    entry = {"version": 1, "inserted_count": 2, "updated_count": 0, "deleted_count": 0}
    row = dict.fromkeys(RUN.columns, "x") | {
        "as_of_on": date(2025, 1, 1), "started_at": lake.run.started_at, "seconds": 1.5,
        "reads": {"gold.customer": {"version": 3, "mode": "whole", "row_count": 9}},
        "writes": {"gold.order": entry},
    }  # fmt: skip
    append_run(spark, lake.root, tuple(row.values()))
    by_spark()
    append_run(spark, lake.root, tuple(row.values()))
    stored = [one.asDict(recursive=True) for one in lake.read(RUN).collect()]
    assert stored[0] == stored[1]
    assert stored[0]["writes"] == {"gold.order": entry}


def test_amounts_keep_their_cents_on_the_driver(spark: SparkSession, lake: Lake) -> None:
    lake.merge(ORDER, sample(spark, ORDER, {"order_key": "a", "amount": Decimal("1234.56")}))
    lake.merge(ORDER, sample(spark, ORDER, {"order_key": "b", "amount": Decimal("-0.01")}))
    amounts = {row["amount"] for row in rows_by_delta(
        spark, lake.root, ORDER, version_of(lake.root, ORDER)
    ).collect()}  # fmt: skip
    assert amounts == {Decimal("1234.56"), Decimal("-0.01")}
