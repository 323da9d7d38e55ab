import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.bronze import Intake
from cdp_spark.lake import Lake
from cdp_spark.sources.files import CHECKED, LISTED
from cdp_spark.tables.bronze import FILE, RECORD

Opened = Callable[..., Lake]
_NOW = datetime(2025, 1, 31, tzinfo=UTC)
_ORIGIN = {"format": "segment", "organisation": "own", "region": "any"}


class Shelf:
    """A connector over files in memory: name → lines."""

    counts_on_check = True

    def __init__(self, spark: SparkSession, **files: list[bytes]) -> None:
        self.spark, self.files, self.parts = spark, files, 1  # parts of each line

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        del known
        rows = [{"file": name, "uri": name, "size_bytes": len(lines), "modified_at": _NOW}
                for name, lines in self.files.items()]  # fmt: skip
        yield pa.Table.from_pylist(rows, schema=LISTED)

    def checked(self, files: pa.Table) -> pa.Table:
        rows = [
            row | {"sha256": repr(self.files[row["file"]]),
                   "record_count": len(self.files[row["file"]]) * self.parts}
            if row["file"] in self.files
            else row | {"sha256": None, "record_count": 0, "reason": "missing_file"}
            for row in files.select(["file", "size_bytes", "modified_at"]).to_pylist()
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=CHECKED)

    def records(self, files: pa.Table) -> DataFrame:
        rows = [
            (f"{row['file_id']}-{place}", row["file_id"], row["file"], place, line, _NOW)
            for row in files.to_pylist()
            for place, line in enumerate(self.files[row["file"]] * self.parts)
        ]
        names = "record_id string, file_id string, file string, position long, raw binary"
        return self.spark.createDataFrame(rows, f"{names}, delivered_at timestamp")


class KilledLake(Lake):
    """A lake that fails after storing the files and before storing their records."""

    def append_once(self, *given: object, **named: object) -> None:
        raise RuntimeError("killed")


def _jobs(spark: SparkSession) -> int:
    return int(spark.sparkContext._jsc.sc().dagScheduler().numTotalJobs())  # noqa: SLF001 - no public counter


def _stored(lake: Lake) -> list[tuple[str, bytes, int]]:
    rows = lake.read(RECORD).collect()
    return sorted((row["file"], bytes(row["raw"]), row["batch"]) for row in rows)


def test_a_source_without_new_files_costs_no_spark_job(
    spark: SparkSession, open_lake: Opened
) -> None:
    intake = Intake("web", _ORIGIN, Shelf(spark, a=[b"1", b"2"]), _NOW)
    first = open_lake()
    intake.take(first)
    assert _stored(open_lake()) == [("a", b"1", 1), ("a", b"2", 1)]
    idle, before = open_lake(), _jobs(spark)
    intake.take(idle)
    assert _jobs(spark) == before
    assert not idle.ledger.writes


def test_the_unfinished_batch_of_a_killed_run_is_finished_with_its_unchanged_files(
    spark: SparkSession, open_lake: Opened
) -> None:
    shelf = Shelf(spark, a=[b"1"], b=[b"2"])
    begun = open_lake()
    with pytest.raises(RuntimeError, match="killed"):
        Intake("web", _ORIGIN, shelf, _NOW).take(KilledLake(spark, begun.root, begun.run))
    assert _stored(open_lake()) == []
    shelf.files = {"a": [b"1"], "b": [b"other"], "c": [b"3"]}
    shelf.parts = 2  # a new version splits the same lines
    Intake("web", _ORIGIN, shelf, _NOW).take(open_lake())
    expected = [("a", b"1", 1), ("b", b"other", 2), ("c", b"3", 2)]
    assert _stored(open_lake()) == [row for row in expected for _ in range(2)]
    files = {(row["file"], row["batch"], row["reason"]) for row in open_lake().read(FILE).collect()}
    assert files == {("a", 1, None), ("b", 1, "changed_file"), ("b", 2, None), ("c", 2, None)}


class _Lists(Shelf):
    """A connector with files that are batches of their own."""

    def listed(self, known: pa.Table) -> Iterator[pa.Table]:
        for whole in super().listed(known):
            yield from (whole.slice(row, 1) for row in range(whole.num_rows))


def test_lists_of_one_run_and_of_the_next_are_compared_with_the_one_before(
    spark: SparkSession, open_lake: Opened
) -> None:
    ada, bora = b'{"no":"7"}', b'{"no":"8"}'
    shelf = _Lists(spark, a=[ada, bora], b=[ada])
    intake = Intake("crm", _ORIGIN, shelf, _NOW, key=("no",))
    intake.take(open_lake())
    shelf.files |= {"c": [bora]}
    intake.take(open_lake())
    rows = [(file, json.loads(raw)) for file, raw, _ in _stored(open_lake())]
    marks = [(file, row["no"], "$left" in row) for file, row in rows]
    assert sorted(marks) == [
        ("a", "7", False), ("a", "8", False), ("b", "7", False), ("b", "8", True),
        ("c", "7", True), ("c", "8", False),
    ]  # fmt: skip
    since = {(file, row["no"]): row["$since"] for file, row in rows}
    assert since["a", "7"] == since["b", "7"] != since["c", "8"] != since["a", "8"]
    counts = {row["file"]: row["record_count"] for row in open_lake().read(FILE).collect()}
    assert counts == {"a": 2, "b": 2, "c": 2}
