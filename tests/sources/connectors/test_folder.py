from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from cdp_spark.sources import files
from cdp_spark.sources.connectors.folder import Folder
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
