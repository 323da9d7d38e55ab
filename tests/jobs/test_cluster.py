"""Every job on a standalone cluster of two workers, two of them by the line the docs give."""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyspark
import pytest
import yaml
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.commands.shared.workflow import submit_line
from cdp_spark.lake import Lake, Run
from cdp_spark.lake.session import properties
from cdp_spark.settings import load
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.ops import RUN
from tests.conftest import PROJECT
from tests.faults.shop import AS_OF, PEOPLE, opened_shop, shop_settings

SPARK_HOME = Path(pyspark.__file__).parent
PATIENCE_SECONDS = 120
_QUICK = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"


@contextmanager
def _cluster(scratch: Path) -> Iterator[str]:
    """The address of a master with two workers of one core each, on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    deploy = "org.apache.spark.deploy"
    local = ["--host", "127.0.0.1", "--webui-port", "0"]
    worker = [f"{deploy}.worker.Worker", *local, "--cores", "1", "--memory", "1g"]
    commands = [[f"{deploy}.master.Master", *local, "--port", str(port)]]
    commands += [[*worker, "--work-dir", str(scratch / f"worker{n}"), address] for n in (1, 2)]
    started: list[subprocess.Popen[bytes]] = []
    log = (scratch / "cluster.log").open("wb")
    try:
        for command in commands:
            started.append(_daemon(command, log.fileno()))
        _await_workers(scratch / "cluster.log")
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()
        log.close()


def _daemon(command: list[str], log: int) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": "127.0.0.1"}
    line = [str(SPARK_HOME / "bin" / "spark-class"), *command]
    return subprocess.Popen(line, env=environment, stdout=log, stderr=log)  # noqa: S603 - our own line


def _await_workers(log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while log.read_text(errors="replace").count("Successfully registered with master") < 2:
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
        time.sleep(0.5)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own with the shop's settings, its lake beside it, a cluster's session."""
    made = tmp_path / "project"
    assert CliRunner().invoke(app, ["init", str(made)]).exit_code == 0
    root = tmp_path / "lake"
    file = made / "conf" / "project.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["project"] |= {"spark": "cluster", "lake": str(root)}
    file.write_text(yaml.safe_dump(settings))
    shop = shop_settings(root)
    for section in ("features", "models", "audiences"):
        options = {section: getattr(shop, section).model_dump()}
        (made / "conf" / f"{section}.yaml").write_text(yaml.safe_dump(options))
    # Two cores and a dozen people, not hundreds of cores.
    cluster = made / "conf" / "spark" / "cluster.conf"
    wanted = {
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
        # Each JVM would compile every plan for a handful of rows.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": _QUICK,
        "spark.executor.extraJavaOptions": _QUICK,
    }
    options = properties(cluster) | wanted
    cluster.write_text("".join(f"{name} {value}\n" for name, value in options.items()))
    return made


def _run(line: list[str], project: Path, **more: str) -> str:
    home = {"CDP_HOME": str(project), "SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": "127.0.0.1"}
    python = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYSPARK_GATEWAY")}
    done = subprocess.run(  # noqa: S603 - our own line
        line,
        cwd=project,
        env=environment | home | python | more,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-20000:]
    return done.stderr


def _submitted(job: str, address: str, day: str, *options: str) -> list[str]:
    """The documented line with its two blanks filled in, and options of this machine."""
    line = shlex.split(submit_line(job).replace("MASTER", address).replace("DAY", day))
    assert line[0] == "spark-submit"
    return [str(SPARK_HOME / "bin" / "spark-submit"), *options, *line[1:]]


def _executors_of_python_stages(log: Path) -> set[str]:
    """Executors on which tasks ended of stages that run Python over rows."""
    events = [json.loads(line) for line in log.read_text().splitlines()]
    ended = [event for event in events if event["Event"] == "SparkListenerTaskEnd"]
    python = {
        event["Stage Info"]["Stage ID"]
        for event in events
        if event["Event"] == "SparkListenerStageCompleted"
        and "MapIn" in json.dumps(event["Stage Info"]["RDD Info"])
    }
    return {event["Task Info"]["Executor ID"] for event in ended if event["Stage ID"] in python}


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path) -> Lake:
    """A lake with a file of the shop's events to be taken."""
    run = Run("look", "look", "operate", AS_OF, datetime(2025, 1, 1, tzinfo=UTC))
    return Lake(spark, str(opened_shop(tmp_path / "lake")), run)


def _event_log(folder: Path) -> list[str]:
    """Options that keep an event log, and split files far smaller than Spark otherwise would."""
    folder.mkdir()
    wanted = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        "spark.cdp.smallBytes": "0",
        "spark.cdp.interpretedBytes": "-1",  # compiled, as on tables of a cluster's size
        "spark.sql.files.openCostInBytes": "1",
        "spark.sql.files.maxPartitionBytes": "1500",
    }
    return [part for name, value in wanted.items() for part in ("--conf", f"{name}={value}")]


@pytest.mark.cluster
def test_every_job_runs_on_a_cluster_and_scoring_uses_both_executors(
    project: Path, shop: Lake, tmp_path: Path
) -> None:
    day = str(AS_OF)
    package = [sys.executable, "-m", "zipfile", "-c", str(project / ".jars" / "cdp_spark.zip")]
    _run([*package, str(PROJECT / "cdp_spark")], project)
    cdp = [sys.executable, "-c", "from cdp_spark.commands.main import main; main()"]
    steps = list(load(project / "conf").project.workflow)
    options = _event_log(tmp_path / "events")
    with _cluster(tmp_path) as address:
        shell = {"PYSPARK_SUBMIT_ARGS": f"--master {address} pyspark-shell"}
        _run(_submitted(steps[0], address, day), project)
        _run([*cdp, "run", "--select", f"{steps[1]}+", "--as-of", day], project, **shell)
        shutil.rmtree(Path(shop.root) / "gold" / "score")  # else there is nothing to do
        _run(_submitted("score_customers", address, day, *options), project)
    _assert_all_was_made(shop, [*steps, "score_customers"])
    assert _executors_of_python_stages(next((tmp_path / "events").iterdir())) == {"0", "1"}


def _assert_all_was_made(lake: Lake, runs: list[str]) -> None:
    look = Lake(lake.spark, lake.root, replace(lake.run, run_id="look"))
    assert look.read(CUSTOMER).count() >= PEOPLE
    assert look.read(SCORE).count() >= PEOPLE
    assert (Path(lake.root) / "reports" / "index.html").exists()
    assert sorted(row.job for row in look.read(RUN).select("job").collect()) == sorted(runs)
