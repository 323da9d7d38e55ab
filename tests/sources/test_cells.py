from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.cells import day_in, is_filled, moment_in, trimmed
from cdp_spark.sources.reading import ReadingSettings

_BERLIN = ReadingSettings(times=("d.M.yyyy[ H:mm]", "d-MMM-yy"), zone="Europe/Berlin")
# Text → UTC; a day.
_MOMENTS = {
    "20.11.2026 13:05": ("2026-11-20 12:05:00", "2026-11-20"),
    " 1.7.2026 0:30\u00a0": ("2026-06-30 22:30:00", "2026-07-01"),
    "20-Nov-26": ("2026-11-19 23:00:00", "2026-11-20"),
    "2026-11-20 10:00:00": ("2026-11-20 09:00:00", "2026-11-20"),
    "2026-11-20T10:00:00+03:00": ("2026-11-20 07:00:00", "2026-11-20"),
    "2026-11-20": ("2026-11-19 23:00:00", "2026-11-20"),
    "20261120T100000": ("2026-11-20 09:00:00", "2026-11-20"),
    "2026-11-20 10:00:00 +03": ("2026-11-20 07:00:00", "2026-11-20"),
    "2026-11-20T10:00:00Z": ("2026-11-20 10:00:00", "2026-11-20"),
    "Fri, 20 Nov 2026 10:00:00 GMT": ("2026-11-20 10:00:00", "2026-11-20"),
    "1795168800000": ("2026-11-20 10:00:00", "2026-11-20"),
    "31.02.2026": (None, None),
    "11/20/2026": (None, None),
}


def test_times_without_a_zone_are_in_that_of_the_source(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(text,) for text in _MOMENTS], "text string")
    text = F.col("text")
    moment, day = moment_in(text, _BERLIN).cast("string"), day_in(text, _BERLIN).cast("string")
    found = rows.select("text", moment.alias("moment"), day.alias("day")).collect()
    assert {row["text"]: (row["moment"], row["day"]) for row in found} == _MOMENTS


def test_a_sheet_counts_days_and_blank_cells_are_empty(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("46346.5",), ("\u00a0N/A ",), (" x ",)], "text string")
    text = F.col("text")
    serial = moment_in(text, ReadingSettings(), is_sheet=True).cast("string")
    found = rows.select(serial, is_filled(text), trimmed(text)).collect()
    assert [tuple(row) for row in found] == [
        ("2026-11-20 12:00:00", True, "46346.5"),
        (None, False, "N/A"),
        (None, True, "x"),
    ]
