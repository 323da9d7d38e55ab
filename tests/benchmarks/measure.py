"""Seconds, peak memory, peers with a time limit, agreement, and the one JSON object at the end."""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from signal import SIGKILL
from types import TracebackType
from typing import Any, Self, TypeVar

import psutil
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake.session import session
from cdp_spark.launch import project_folder
from tests.benchmarks.duck import connected

T = TypeVar("T")

LIMIT_SECONDS = 600.0
_SAMPLE_SECONDS = 0.1
_YOUNG_SECONDS = 1.0
_MIB = 1 << 20
# 60 bits of an MD5: sums of them fit a decimal(38,0) and a HUGEINT.
_DIGITS = 15


class Disagreement(AssertionError):
    """Two sides gave different answers to the same question: no ratio means anything."""


class PeerFailed(Exception):
    """A peer ended without an answer and before its time was up."""


class PeerKilled(PeerFailed):
    """A peer was killed, as the system does with who takes more memory than there is."""


@dataclass(frozen=True)
class Answer:
    """What a side found: rows counted by what they are, and an order-free print of their content.

    `content` is the sum over the rows of the first 60 bits of the MD5 of what must be equal.
    """

    counts: Mapping[str, int]
    content: int


@dataclass
class Figures:
    """What a benchmark prints. `seconds` has `start`, `ours`, the peers, and parts of ours."""

    benchmark: str
    rows: int
    seconds: dict[str, float | str] = field(default_factory=dict)
    ratios: dict[str, float | str] = field(default_factory=dict)
    peak_mib: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def compare(self, peer: str, seconds: float | None, limit: float) -> None:
        """Note a peer's seconds and ours divided by them; none is a peer that was stopped."""
        ours = self.seconds["ours"]
        if not isinstance(ours, float):
            raise TypeError("the seconds of ours are noted first")
        if seconds is None:
            self.seconds[peer] = f"> {limit:g}"
            self.ratios[peer] = f"< {ours / limit:.2g}"
            return
        self.seconds[peer] = round(seconds, 2)
        self.ratios[peer] = round(ours / seconds, 2)

    def died(self, peer: str) -> None:
        """Note a peer that was killed for the memory it took: it has no seconds."""
        self.seconds[peer] = "died"

    def as_json(self) -> dict[str, Any]:
        """The object of the last line."""
        return {
            "benchmark": self.benchmark,
            "rows": self.rows,
            "cores": len(os.sched_getaffinity(0)),
            "seconds": self.seconds,
            "ratios": self.ratios,
            "peak_mib": self.peak_mib,
            **self.more,
        }

    def tell(self) -> None:
        """Print the object as the last line of stdout."""
        sys.stdout.write(json.dumps(self.as_json()) + "\n")
        sys.stdout.flush()


class PeakMemory:
    """Most memory that this process and its children, the JVM among them, held at one time.

    Pages that forked Python workers share are counted once for each of them. A child younger than
    a second is left out: where a JVM starts a command, it shows as a second JVM until that runs.
    """

    def __init__(self) -> None:
        self.mib = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while True:
            self.mib = max(self.mib, _resident(me) // _MIB)
            if self._over.wait(_SAMPLE_SECONDS):
                return


def _resident(process: psutil.Process) -> int:
    total = 0
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.Error):
            is_young = time.time() - one.create_time() < _YOUNG_SECONDS
            total += 0 if is_young else one.memory_info().rss
    return total


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds the work took, and what it gave."""
    started = time.perf_counter()
    result = work()
    return round(time.perf_counter() - started, 2), result


def limited(work: Callable[..., object], *given: object, limit: float) -> float | None:
    """Seconds of the work in a process of its own; none where it was stopped at the limit.

    Starting the process and importing the peer are not counted.

    Raises:
        PeerKilled: it was killed.
        PeerFailed: it ended without an answer.
    """
    # A forked child of a process with a JVM and threads may hang.
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_clocked, args=(theirs, work, given), daemon=True)
    child.start()
    theirs.close()
    try:
        if not mine.poll(limit):
            return None
        return float(mine.recv())
    except EOFError:
        child.join()
        if child.exitcode == -SIGKILL:
            raise PeerKilled(f"{work.__name__} was killed") from None
        raise PeerFailed(f"{work.__name__} ended with exit code {child.exitcode}") from None
    finally:
        child.kill()
        child.join()
        mine.close()


def _clocked(answer: Connection, work: Callable[..., object], given: Sequence[object]) -> None:
    # Stdout is for the one line at the end, whatever a peer likes to say.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    started = time.perf_counter()
    work(*given)
    answer.send(time.perf_counter() - started)


def agree(answers: Mapping[str, Answer]) -> None:
    """Check that all sides found the same.

    Raises:
        Disagreement: they did not; every side's answer is shown.
    """
    if len({(tuple(sorted(one.counts.items())), one.content) for one in answers.values()}) > 1:
        shown = "; ".join(f"{side}: {one}" for side, one in answers.items())
        raise Disagreement(f"the sides disagree: {shown}")


def content_sql(columns: str) -> str:
    """DuckDB: the print of `Answer.content` over the text of columns, joined by a bar."""
    digits = f"substr(md5(concat_ws('|', {columns})), 1, {_DIGITS})"
    return f"coalesce(sum(('0x' || {digits})::BIGINT), 0)::HUGEINT"


def content_of(rows: DataFrame, *columns: Column | str) -> int:
    """Spark: the same print."""
    digits = F.substring(F.md5(F.concat_ws("|", *columns)), 1, _DIGITS)
    found = rows.agg(F.sum(F.conv(digits, 16, 10).cast("decimal(38,0)"))).first()
    return 0 if found is None else int(found[0] or 0)


def query_counts(query: str) -> dict[str, int]:
    """Whole numbers by name: the one row of a query of DuckDB."""
    with connected() as connection:
        found = connection.execute(query)
        names = [column[0] for column in found.description or []]
        row = found.fetchone()
    if row is None:
        raise Disagreement("no answer")
    return {name: int(value or 0) for name, value in zip(names, row, strict=True)}


def answer_of(counted: dict[str, int]) -> Answer:
    """An answer from named numbers, `content` among them."""
    return Answer({name: n for name, n in counted.items() if name != "content"}, counted["content"])


def talk(text: str) -> None:
    """Say something to the person who waits."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


Measured = Callable[[SparkSession, int, float, Path], Figures]


def bench(
    measured: Measured,
    doc: str,
    arguments: Sequence[str] | None = None,
    spark: SparkSession | None = None,
) -> None:
    """Measure, and print one JSON object as the last line; a session given is used and kept."""
    given = _arguments(doc, arguments)
    settings = dict(one.split("=", 1) for one in given.spark)
    start, running = timed(lambda: spark or session(project_folder(), given.profile, **settings))
    with ExitStack() as cleaning:
        temporary = tempfile.TemporaryDirectory
        folder = given.scratch or Path(cleaning.enter_context(temporary()))
        if running.sparkContext.getCheckpointDir() is None:
            running.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
        figures = measured(running, given.rows, given.limit, folder)
    figures.seconds = {"start": start, **figures.seconds}
    if spark is None:
        running.stop()
    figures.tell()


def _arguments(doc: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--rows", type=int, default=1_000_000, help="events to make")
    parser.add_argument(
        "--limit", type=float, default=LIMIT_SECONDS, help="seconds after which a peer is stopped"
    )
    parser.add_argument("--scratch", type=Path, help="folder to use and keep; else a temporary one")
    parser.add_argument("--profile", default="local", help="conf/spark/PROFILE.conf")
    parser.add_argument(
        "--spark", action="append", default=[], metavar="NAME=VALUE", help="a setting of Spark"
    )
    return parser.parse_args(arguments)
