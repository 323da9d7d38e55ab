"""Lines written durably to a source's landing folder: many writers, one flush for all.

A file is written as NAME.part, which ingestion ignores, and renamed to NAME when it is full or old
enough. If a process dies, the next one finishes its part: it cuts it after the last whole line,
because only whole lines were acknowledged.
"""

import fcntl
import logging
import os
import queue
import threading
import time
import uuid
from concurrent.futures import Future
from dataclasses import dataclass
from errno import ENOENT
from io import FileIO
from pathlib import Path

_SUFFIX = ".part"
_OURS = f"*-{'[0-9a-f]' * 32}.jsonl{_SUFFIX}"
_log = logging.getLogger(__name__)


class LandingFull(Exception):
    """Too many bytes wait; try again later."""


class LandingBroken(Exception):
    """Lines could not be written; they are not in the folder."""


@dataclass(frozen=True)
class Limits:
    """When a file is finished, and how many bytes may wait for the disk."""

    file_bytes: int = 64 << 20
    file_seconds: float = 60.0
    waiting_bytes: int = 16 << 20


@dataclass(frozen=True)
class _Waiting:
    lines: bytes
    done: "Future[None]"


class Landing:
    """One folder and the thread that writes to it."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self._folder, self._limits = folder, limits or Limits()
        folder.mkdir(parents=True, exist_ok=True)
        self.finished = finish_parts(folder)
        self._queue: queue.Queue[_Waiting | None] = queue.Queue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._file: _Part | None = None
        self._thread = threading.Thread(
            target=self._work, name=f"landing {folder.name}", daemon=True
        )
        self._thread.start()

    def put(self, lines: bytes) -> "Future[None]":
        """Write whole lines; the future is done when they are on disk.

        Raises:
            LandingFull: too many bytes wait; these lines are not written.
        """
        with self._lock:
            if self._waiting and self._waiting + len(lines) > self._limits.waiting_bytes:
                raise LandingFull
            self._waiting += len(lines)
        done: Future[None] = Future()
        self._queue.put(_Waiting(lines, done))
        return done

    def close(self) -> None:
        """Write what waits, finish the open file, and stop."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        is_open = True
        while is_open:
            batch, is_open = self._next()
            if batch:
                self._write(batch)
            if self._file and (not is_open or self._file.is_due(self._limits)):
                self._finish(self._file)

    def _next(self) -> tuple[list[_Waiting], bool]:
        """All waiting lines, none after a second without any; whether more may come."""
        batch: list[_Waiting] = []
        try:
            one = self._queue.get(timeout=min(1.0, self._limits.file_seconds))
            while one is not None:
                batch.append(one)
                one = self._queue.get_nowait()
        except queue.Empty:
            return batch, True
        return batch, False

    def _write(self, batch: list[_Waiting]) -> None:
        lines = b"".join(one.lines for one in batch)
        try:
            self._file = self._file or _Part(self._folder)
            self._file.append(lines)
        except OSError as fault:
            if self._file:
                self._finish(self._file)
            for one in batch:
                one.done.set_exception(LandingBroken(os.strerror(fault.errno or 0)))
        else:
            for one in batch:
                one.done.set_result(None)
        with self._lock:
            self._waiting -= len(lines)

    def _finish(self, part: "_Part") -> None:
        self._file = None
        try:
            part.finish()
        except OSError as fault:  # its lines are on disk; the next start finishes it
            _log.warning(
                "%s: a file could not be renamed, the next start retries: %s",
                self._folder.name,
                fault.strerror,
            )


class _Part:
    """A file being written, with a lock that ends with its process."""

    def __init__(self, folder: Path) -> None:
        name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex}.jsonl"
        self._path = folder / f"{name}{_SUFFIX}"
        self._file = self._path.open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(
            self._file.fileno()
        ).st_nlink:  # another process finished it before the lock
            raise FileNotFoundError(ENOENT, "gone", name)
        self._size, self._began = 0, time.monotonic()
        _flush_folder(folder)

    def append(self, lines: bytes) -> None:
        """Write lines and wait until the disk has them.

        Raises:
            OSError: none of the lines are in the file.
        """
        try:
            _write_all(self._file, lines)
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(self._size)
            self._file.seek(self._size)
            raise
        self._size += len(lines)

    def is_due(self, limits: Limits) -> bool:
        """Whether it is full or old enough to finish."""
        age = time.monotonic() - self._began
        return self._size >= limits.file_bytes or age >= limits.file_seconds

    def finish(self) -> None:
        """Rename it to its final name; delete it if empty."""
        try:
            _named(self._path, self._size)
        finally:
            self._file.close()


def finish_parts(folder: Path) -> int:
    """Finish the parts that dead processes left in a folder; return their number."""
    count = 0
    for path in sorted(folder.glob(_OURS)):
        with path.open("r+b", buffering=0) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # another process is writing it
            size = _whole(file)
            file.truncate(size)
            os.fsync(file.fileno())
            _named(path, size)
            count += 1
    return count


def _whole(file: FileIO) -> int:
    """Bytes up to the last line feed, searched from the end."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - (1 << 16))
        file.seek(start)
        place = (file.read(end - start) or b"").rfind(b"\n")
        if place >= 0:
            return start + place + 1
        end = start
    return 0


def _named(path: Path, size: int) -> None:
    if size:
        path.rename(path.with_name(path.name.removesuffix(_SUFFIX)))
    else:
        path.unlink()
    _flush_folder(path.parent)


def _write_all(file: FileIO, lines: bytes) -> None:
    rest = memoryview(lines)
    while rest:
        rest = rest[file.write(rest) :]


def _flush_folder(folder: Path) -> None:
    """Flush the folder: only then is a new name durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
