from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock

import psutil
import pytest
from pyspark.sql import SparkSession

from cdp_spark.lake.jars import JarRejected, jar_paths
from cdp_spark.lake.session import overridden, plans_for_size, properties, session
from cdp_spark.semantics.sizes import INTERPRETED

_PROJECT = Path(__file__).parents[2]


def test_properties_are_read_as_spark_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "x.conf"
    file.write_text("# a comment\n\nspark.a   1\n  spark.b=-XX:+UseSerialGC -D x=y\n"
                    "spark.c\t=\ttwo words # kept\nspark.d\n")  # fmt: skip
    assert properties(file) == {
        "spark.a": "1",
        "spark.b": "-XX:+UseSerialGC -D x=y",
        "spark.c": "two words # kept",
        "spark.d": "",
    }


def test_the_session_has_the_settings_of_its_profile(spark: SparkSession) -> None:
    wanted = properties(_PROJECT / "conf" / "spark" / "local.conf")
    found = {name: spark.conf.get(name) for name in wanted if name.startswith("spark.sql.")}
    changed = {"spark.sql.shuffle.partitions": "2"}
    assert found == {name: value for name, value in wanted.items() if name in found} | changed
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert session(_PROJECT) is spark


def test_without_jars_the_error_names_the_command_that_gets_them(tmp_path: Path) -> None:
    (tmp_path / "conf" / "spark").mkdir(parents=True)
    (tmp_path / "conf" / "spark" / "local.conf").write_text("spark.ui.enabled false\n")
    (tmp_path / "jars.lock").write_text("g:a:1 00\n")
    with pytest.raises(JarRejected, match=r"g_a-1\.jar not found; run `make setup`"):
        session(tmp_path)


def test_a_cluster_is_given_the_locked_jars() -> None:
    given = properties(_PROJECT / "conf" / "spark" / "cluster.conf")["spark.jars"].split(",")
    assert [_PROJECT / jar for jar in given] == jar_paths(_PROJECT)


def test_settings_are_overridden_for_a_block_even_where_it_fails(spark: SparkSession) -> None:
    known, unknown = "spark.sql.shuffle.partitions", "spark.cdp.unknown"
    found: list[str | None] = []

    def fail() -> None:
        with overridden(spark, {known: "7", unknown: "x"}):
            found.extend(spark.conf.get(name, None) for name in (known, unknown))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert found == ["7", "x"]
    assert (spark.conf.get(known), spark.conf.get(unknown, None)) == ("2", None)


_BROADCASTS = "spark.sql.autoBroadcastJoinThreshold"
_CODEGEN = ("spark.sql.codegen.wholeStage", "spark.sql.codegen.factoryMode")
_PARTITIONS = "spark.sql.adaptive.coalescePartitions.initialPartitionNum"


def _fitted(spark: SparkSession, size: int | None, *names: str) -> list[str | None]:
    with plans_for_size(spark, size):
        return [spark.conf.get(name, None) for name in names]


def test_small_frames_are_broadcast_only_where_a_run_reads_much(spark: SparkSession) -> None:
    found = {size: _fitted(spark, size, _BROADCASTS) for size in (10, 1 << 30, None, 0)}
    assert found == {10: ["-1"], 1 << 30: ["10m"], None: ["10m"], 0: ["-1"]}
    with overridden(spark, {_BROADCASTS: "77m"}):
        assert _fitted(spark, 10, _BROADCASTS) == ["77m"]


def test_plans_are_interpreted_only_where_a_run_reads_little(spark: SparkSession) -> None:
    little, much = ["false", "NO_CODEGEN"], ["true", "FALLBACK"]
    with overridden(spark, {INTERPRETED: "10"} | dict(zip(_CODEGEN, much, strict=True))):
        found = {size: _fitted(spark, size, *_CODEGEN) for size in (10, 11, None, 0)}
        with plans_for_size(spark, 10, from_outside=True):
            assert [spark.conf.get(name) for name in _CODEGEN] == much
    assert found == {10: little, 11: much, None: much, 0: little}
    with overridden(spark, {INTERPRETED: "-1"} | dict(zip(_CODEGEN, much, strict=True))):
        assert _fitted(spark, 10, *_CODEGEN) == much


def test_shuffles_on_one_machine_have_more_partitions_where_a_run_reads_much(
    spark: SparkSession,
) -> None:
    sizes = (None, 10, 320 << 20, 1 << 50, 0)
    found = {size: _fitted(spark, size, _PARTITIONS) for size in sizes}
    assert found == {None: ["2"], 10: ["2"], 320 << 20: ["10"], 1 << 50: ["2000"], 0: ["2"]}


def test_a_session_is_as_it_was_after_a_run(spark: SparkSession) -> None:
    names = (_BROADCASTS, _PARTITIONS, *_CODEGEN)
    before = [spark.conf.get(name, None) for name in names]
    with overridden(spark, {INTERPRETED: "10"}):
        _fitted(spark, 1 << 40)
        assert [spark.conf.get(name, None) for name in names] == before


def test_memory_is_an_eighth_of_the_machines_unless_it_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, str] = {}

    class Builder:
        def appName(self, _: str) -> "Builder":  # noqa: N802 - Spark's own name
            return self

        def config(self, name: str, value: str) -> "Builder":
            given[name] = value
            return self

        def getOrCreate(self) -> Any:  # noqa: N802 - Spark's own name
            return MagicMock()

    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
    monkeypatch.setattr(SparkSession, "builder", Builder())
    for total, expected in ((8 << 30, "2800m"), (64 << 30, "8192m")):
        monkeypatch.setattr(psutil, "virtual_memory", lambda total=total: Mock(total=total))
        session(_PROJECT)
        assert given["spark.driver.memory"] == expected
    session(_PROJECT, spark__driver__memory="5g")
    assert given["spark.driver.memory"] == "5g"
