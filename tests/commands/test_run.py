"""`cdp run`, and as a process that follows what lands."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cdp_spark.commands.run import show_report
from cdp_spark.commands.shared.output import REPORT
from cdp_spark.commands.shared.project import Project, settings_of
from cdp_spark.lake import Lake, LakeNotWritable
from cdp_spark.launch import Job, Options, Outcome
from cdp_spark.settings import SettingsInvalid
from cdp_spark.sources import SourceUnreadable
from tests.commands.conftest import Cdp
from tests.conftest import PROJECT

_PATIENCE_SECONDS = 180


def test_a_dry_run_is_not_followed(cdp: Cdp, project: Path) -> None:
    assert project.is_dir()
    with pytest.raises(SettingsInvalid, match="a dry run writes nothing"):
        cdp("run", "--follow", "1", "--dry-run")


def test_a_missing_folder_is_named_before_spark_starts(
    cdp: Cdp, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = project / ".lake" / "world" / "landing" / "web"
    assert landing.is_dir()  # made by `cdp init`
    assert "warning" not in cdp("validate").output
    landing.rmdir()
    monkeypatch.setattr("cdp_spark.commands.run.open_project", pytest.fail)
    with pytest.raises(SourceUnreadable, match=r"source web: folder .*web does not exist"):
        cdp("run")
    assert "warning: source web: folder" in " ".join(cdp("validate").output.split())


def test_the_report_is_named_where_there_is_one(
    open_lake: Callable[..., Lake], capsys: pytest.CaptureFixture[str]
) -> None:
    lake = open_lake()
    project = Project(settings_of("", lake.root), lake.spark)
    show_report(project)
    assert "report" not in capsys.readouterr().err
    lake.write_page(REPORT, "<html></html>")
    show_report(project)
    assert f"report: {lake.root}/reports/index.html\n" in capsys.readouterr().err


def test_a_lake_that_cannot_be_written_is_named_before_spark_starts(
    cdp: Cdp, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = project / ".lake" / "locked"
    lake.parent.mkdir(exist_ok=True)
    lake.touch()  # in place of a folder that another user owns
    monkeypatch.setattr("cdp_spark.commands.run.open_project", pytest.fail)
    monkeypatch.setattr("cdp_spark.commands.run.missing_folders", lambda _: [])
    with pytest.raises(LakeNotWritable, match="locked: the lake can't be written"):
        cdp("run", "--lake", str(lake))


class _Dry:
    """A project whose steps would change a file of the first."""

    def step(self, job: Job, options: Options) -> Outcome:
        assert options.is_dry
        counts = {"inserted_count": 1, "updated_count": 0, "deleted_count": 0}
        writes = {"bronze.file": counts} if job.name == "ingest_events" else {}
        return Outcome(job.name, "run", 0.1, {}, writes)

    spark, close = None, staticmethod(lambda: None)


def test_a_dry_run_shows_what_would_happen_and_what_waits_for_it(
    cdp: Cdp, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.is_dir()
    monkeypatch.setattr("cdp_spark.commands.run.open_project", lambda _: _Dry())
    done = cdp("run", "--dry-run")
    assert done.exit_code == 0
    assert "What would happen" in done.output
    assert "depends on ingest_events" in done.output


@dataclass
class _Followed:
    """A process that follows, its runs, and its log lines."""

    process: "subprocess.Popen[str]"
    runs: list[dict[str, Any]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Read log lines until the process ends."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.logged.append(line)
            if line.startswith("{"):
                self.runs.append(json.loads(line))

    def until(self, is_enough: Callable[[], bool]) -> None:
        """Wait for a condition on the runs."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not is_enough():
            assert time.monotonic() < deadline, self.logged[-30:]
            assert self.process.poll() is None, self.logged[-30:]
            time.sleep(0.02)


@contextmanager
def _following(project: Path, lake: Path) -> Iterator[_Followed]:
    code = "from cdp_spark.commands.main import main; main()"
    line = [sys.executable, "-c", code, "run", "--follow", "1", "--lake", str(lake)]
    home = os.environ | {"CDP_HOME": str(project), "PYTHONPATH": str(PROJECT)}
    followed = _Followed(
        subprocess.Popen(line, cwd=project, env=home, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own
    )
    listener = threading.Thread(target=followed.listen)
    listener.start()
    try:
        yield followed
    finally:
        followed.process.kill()
        followed.process.wait()
        listener.join()


def _land(folder: Path, number: int) -> None:
    """Put a file of three events into a folder, whole or not at all."""
    moment = "2025-01-31T10:00:00Z"
    events = [
        {"messageId": f"m{number}-{n}", "type": "page", "anonymousId": "a", "receivedAt": moment}
        for n in range(3)
    ]
    draft = folder / f"{number}.part"
    draft.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    draft.rename(folder / f"{number}.jsonl")


def _has_events(runs: list[dict[str, Any]], seen: int) -> bool:
    return any("silver.event" in run["writes"] for run in runs[seen:])


@pytest.mark.cluster
def test_what_lands_is_followed_and_a_signal_ends_it_between_runs(
    spark: SparkSession, project: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    folder = lake / "landing" / "web"
    folder.mkdir(parents=True)
    seconds = []
    with _following(project, lake) as followed:
        runs = followed.runs
        for number in range(2):
            followed.until(lambda: len(runs) > 3 and runs[-1]["is_idle"])
            landed, seen = time.monotonic(), len(runs)
            _land(folder, number)
            followed.until(partial(_has_events, runs, seen))
            seconds.append(time.monotonic() - landed)
        seen = len(runs)
        followed.until(lambda: len(runs) >= seen + 4)
        followed.process.send_signal(signal.SIGTERM)
        assert followed.process.wait(60) == 0, followed.logged[-30:]
    sys.stderr.write(f"seconds from landing to silver: {[round(one, 1) for one in seconds]}\n")

    assert [run["job"] for run in runs[:4]] == ["ingest_events", "refine_events"] * 2
    assert spark.read.format("delta").load(f"{lake}/silver/event").count() == 6
    recorded = spark.read.format("delta").load(f"{lake}/ops/run").select("run_id").collect()
    busy = {run["run_id"] for run in runs if not run["is_idle"]}
    assert {row["run_id"] for row in recorded} == busy
    assert len(recorded) == len(busy) == 2 + 2 * 2  # the first round, and a round per file
    assert not [*(lake / "_staging").iterdir()]
    assert not [*(lake / "_leases").glob("*.json")]
