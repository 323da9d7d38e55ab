from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.deliveries.folder import Folder


def test_a_record_is_named_by_its_file_and_position_alone(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "a b").write_bytes(b"x\nx\n")
    (tmp_path / "c").write_bytes(b"x\n")
    folder = Folder(spark, f"{tmp_path}/", "lines", 1000)
    (listed,) = folder.listed(spark.createDataFrame([], "file string"))
    planned = folder.checked(listed.drop("uri")).withColumn(
        "file_id", F.concat(F.lit("of "), "file")
    )
    found = folder.records(planned).collect()
    assert sorted((row["file"], row["position"], bytes(row["raw"])) for row in found) == [
        ("a b", 0, b"x"),
        ("a b", 2, b"x"),
        ("c", 0, b"x"),
    ]
    assert len({row["record_id"] for row in found}) == 3
    later = folder.records(planned.withColumn("batch", F.lit(2))).collect()
    assert {row["record_id"] for row in later} == {row["record_id"] for row in found}
