from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from cdp_spark.sources import ColumnsMissing, files
from cdp_spark.sources.connectors.folder import Folder
from cdp_spark.sources.reading import SourceReading
from cdp_spark.tables.bronze import FILE


def test_a_record_is_named_by_its_file_and_position_alone(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a b").write_bytes(b"x\nx\n")
    (tmp_path / "c").write_bytes(b"x\n")
    folder = Folder(spark, f"{tmp_path}/", "lines", 1000)
    (listed,) = folder.listed(FILE.arrow_schema.empty_table())
    checked = folder.checked(listed.drop_columns("uri"))
    names = [f"of {file}" for file in checked["file"].to_pylist()]
    planned = checked.append_column("file_id", pa.array(names))
    found = folder.records(planned).collect()
    assert sorted((row["file"], row["position"], bytes(row["raw"])) for row in found) == [
        ("a b", 0, b"x"),
        ("a b", 2, b"x"),
        ("c", 0, b"x"),
    ]
    assert len({row["record_id"] for row in found}) == 3
    monkeypatch.setattr(files, "_FEW_FILES", 0)  # by Spark
    later = folder.records(planned).collect()
    assert sorted(map(str, later)) == sorted(map(str, found))


def test_a_missing_column_stops_the_source_or_warns(
    spark: SparkSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,at,email\n1,2026-11-20,ty1@posta.invalid\n")
    reading = SourceReading(mapped=("E-mial", "id"))
    folder = Folder(spark, str(tmp_path), "csv", 1000, reading, "crm")
    (listed,) = folder.listed(FILE.arrow_schema.empty_table())
    message = "source crm: file a.csv: no column 'E-mial', near: 'email'; columns found: 'id'"
    with pytest.raises(ColumnsMissing, match=message):
        folder.checked(listed)
    tolerant = reading.model_copy(update={"may_miss_columns": True})
    checked = replace(folder, reading=tolerant).checked(listed)
    assert checked["record_count"].to_pylist() == [1, 1]
    assert message in caplog.text
