import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from cdp_spark.activation.destination import Target
from cdp_spark.activation.destinations.csv import cell, write


def target(folder: Path | str, rows_per_file: int = 1000) -> Target:
    day = date(2025, 3, 1)
    return Target("crm", "win_back", "marketing", day, str(folder), rows_per_file)


def named(spark: SparkSession, *names: str | None) -> DataFrame:
    rows = [(f"id-{number:04}", name) for number, name in enumerate(names)]
    return spark.createDataFrame(rows, "customer_id string, name string")


def parts(folder: Path) -> list[Path]:
    manifest = json.loads((folder / "manifest.json").read_text())
    return [folder / manifest["folder"] / name for name in manifest["files"]]


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+49 30 1", "'+49 30 1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'=1+1"),
        ("\r\n @x", "'@x"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("a\tb\nc\u2028d\x00e", "a b c d e"),
        ("Ann=Lee", "Ann=Lee"),
        ("", ""),
        (None, None),
    ],
)
def test_a_cell_is_no_formula_and_stays_in_its_line(
    spark: SparkSession, value: str | None, written: str | None
) -> None:
    rows = spark.createDataFrame([(value,)], "name string")
    assert rows.select(cell(F.col("name"), T.StringType())).collect()[0][0] == written


def test_a_negative_number_stays_a_number(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(-1.5,)], "amount double")
    assert rows.select(cell(F.col("amount"), T.DoubleType())).collect()[0][0] == "-1.5"


def test_hostile_values_read_back_as_one_row_each(spark: SparkSession, tmp_path: Path) -> None:
    hostile = ['a","b', "x\r\ny,z", '"', "\\", "=1+1", None, "", " ,", 'ends with \\"', "Ünïcödé"]
    write(named(spark, *hostile), target(tmp_path))
    [part] = parts(tmp_path)
    with part.open(newline="", encoding="utf-8") as lines:
        read = list(csv.reader(lines, strict=True))
    assert read[0] == ["customer_id", "name"]
    names = ['a","b', "x y,z", '"', "\\", "'=1+1", "", "", ",", 'ends with \\"', "Ünïcödé"]
    assert read[1:] == [[f"id-{number:04}", name] for number, name in enumerate(names)]
    assert part.read_bytes().count(b"\n") == len(hostile) + 1


def test_the_same_rows_in_any_order_leave_the_same_bytes(
    spark: SparkSession, tmp_path: Path
) -> None:
    rows = named(spark, *[f"n{number}" for number in range(2500)])
    write(rows, target(tmp_path / "one"))
    write(rows.orderBy(F.desc("name")).repartition(5), target(tmp_path / "two"))
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert len(parts(tmp_path / "one")) == 3
    ids = [row[0] for part in parts(tmp_path / "one") for row in csv.reader(part.open())]
    assert len(ids) == 2500 + 3


def test_other_rows_replace_all_files_of_the_day(spark: SparkSession, tmp_path: Path) -> None:
    write(named(spark, "Ann", "Bob"), target(tmp_path))
    write(named(spark, "Ann"), target(tmp_path))
    [part] = parts(tmp_path)
    assert set(files(tmp_path)) == {"manifest.json", str(part.relative_to(tmp_path))}
    assert b"Bob" not in part.read_bytes()


def test_no_rows_leave_a_file_with_its_heading(spark: SparkSession, tmp_path: Path) -> None:
    receipt = write(named(spark, "x").limit(0), target(tmp_path))
    assert receipt.row_count == 0
    assert [part.read_bytes() for part in parts(tmp_path)] == [b'"customer_id","name"\n']


def test_what_a_killed_run_left_is_overwritten(spark: SparkSession, tmp_path: Path) -> None:
    write(named(spark, "Ann"), target(tmp_path))
    whole = files(tmp_path)
    [part] = parts(tmp_path)
    part.unlink()
    (tmp_path / ".writing").mkdir()
    (tmp_path / ".writing" / "part-00000-old.csv").write_text("half")
    write(named(spark, "Ann"), target(tmp_path))
    assert files(tmp_path) == whole


def test_a_uri_is_a_folder_too(spark: SparkSession, tmp_path: Path) -> None:
    rows: list[Any] = [named(spark, "Ann"), named(spark, "Ann")]
    write(rows[0], target(tmp_path / "path"))
    write(rows[1], target((tmp_path / "uri").as_uri()))
    assert files(tmp_path / "path") == files(tmp_path / "uri")
