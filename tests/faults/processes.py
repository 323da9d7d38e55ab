"""Processes that run jobs and that a test may stop, starve or kill at a moment of its choice."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit
from signal import SIGKILL

import psutil

from cdp_spark.lake.jars import jar_paths
from tests.jobs.worlds import PROJECT

_PATIENCE_SECONDS = 240
_QUICK = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"
_SETTINGS = {
    # Executors do the work, however little: they are what is disturbed.
    "spark.cdp.smallBytes": "0",
    "spark.executor.memory": "1g",
    "spark.executor.extraJavaOptions": _QUICK,
    # Some hundred rows: compiling a plan costs more than running it.
    "spark.cdp.interpretedBytes": "-1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
    # A task may have a twin after two seconds, also where it is the only one of its stage.
    "spark.speculation": "true",
    "spark.speculation.task.duration.threshold": "2s",
}


@dataclass(frozen=True)
class Ended:
    """How a job ended."""

    code: int
    fault: str


class Driver:
    """A process with a session, in a group of its own, that writes its logs below a folder."""

    def __init__(self, scratch: Path, **settings: str) -> None:
        self.scratch, self.log = scratch, scratch / "stderr"
        wanted = _SETTINGS | {name.replace("__", "."): value for name, value in settings.items()}
        logging = (PROJECT / "conf" / "spark" / "log4j2.properties").as_uri()
        java = f"{_QUICK} -Dlog4j2.configurationFile={logging}"
        jars = ",".join(map(str, jar_paths(PROJECT)))
        options = f"--driver-memory 1g --driver-java-options '{java}' --jars {jars} pyspark-shell"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "tests.faults.driver", str(scratch)]
                + [f"{name}={value}" for name, value in wanted.items()],
                cwd=PROJECT,
                env=os.environ | {"PYSPARK_SUBMIT_ARGS": options},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.jvm = 0

    def ready(self) -> "Driver":
        """The same once its session has started."""
        self.jvm = self.jvm or int(self._line())
        return self

    def _line(self) -> str:
        assert self.process.stdout
        late = threading.Timer(_PATIENCE_SECONDS, self.kill)
        late.start()
        line = self.process.stdout.readline()
        late.cancel()
        assert line, f"no answer: {self.log.read_text()[-3000:]}"
        return line

    def begin(self, job: str, root: Path) -> None:
        """Let it run a job."""
        assert self.process.stdin
        self.process.stdin.write(f"{job} {root}\n")
        self.process.stdin.flush()

    def end(self) -> Ended:
        """The end of the next job, in the order in which they began."""
        return Ended(**json.loads(self._line()))

    def executors(self) -> list[int]:
        """Ids of its executors' processes."""
        with suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.jvm).children()
            return [one.pid for one in below if "CoarseGrained" in _command(one)]
        return []

    def logged(self) -> str:
        """What it and its executors have logged so far."""
        logs = [*self.scratch.rglob("stderr"), *self.scratch.rglob("stdout")]
        return "".join(log.read_text(errors="replace") for log in logs)

    def kill(self) -> None:
        """End it, its JVM and its executors at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, SIGKILL)
        self.process.wait()


def _command(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended, reaped or not."""
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def wait_until(is_so: Callable[[], bool], pause: float = 0.003) -> None:
    """Wait for what another process does; looks after each pause, in seconds.

    Raises:
        TimeoutError: it took minutes.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(pause)


def caught(pids: Callable[[], list[int]], is_wanted: Callable[[str], bool]) -> int:
    """The first process that holds a wanted file open, or has it as a scratch file."""
    found: list[int] = []
    known, looks = pids(), count(1)

    def is_found() -> bool:
        if next(looks) % 100 == 0:  # asking takes longer than a look at what is open
            known[:] = pids()
        found.extend(pid for pid in known if any(map(is_wanted, files_of(pid))))
        return bool(found)

    # A data file of a few rows is open for some hundredths of a second.
    wait_until(is_found, pause=0.0003)
    return found[0]


def files_of(pid: int) -> list[str]:
    """Paths of what a process holds open, and of what it has written to its own scratch folders.

    A shuffle of a few rows is open for some thousandths of a second: too short to be seen always.
    """
    walks = (os.walk(folder) for folder in _scratch(pid))
    scratch = [f"{place}/{name}" for walk in walks for place, _, names in walk for name in names]
    return open_files(pid) + scratch


@cache
def _scratch(pid: int) -> list[str]:
    """Folders a worker gave its executor; none where the process is gone."""
    with suppress(psutil.Error):
        given = psutil.Process(pid).environ().get("SPARK_EXECUTOR_DIRS", "")
        return [folder for folder in given.split(":") if folder]
    return []


def open_files(pid: int) -> list[str]:
    """Paths of what a process holds open; none where it is gone."""
    found = []
    with suppress(OSError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                found.append(str(Path(entry.path).readlink()))
    return found


def limit_files(pids: list[int], size: int = RLIM_INFINITY) -> None:
    """From now on no file that one of these processes writes may grow beyond a size in bytes."""
    for pid in pids:
        with suppress(ProcessLookupError):
            prlimit(pid, RLIMIT_FSIZE, (size, RLIM_INFINITY))
