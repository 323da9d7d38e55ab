"""One committing run per table: an exclusive file that expires and carries a fencing token.

On a local disk two JVMs can both believe that they committed one Delta version, so the file
decides. On object stores and HDFS the log store decides, and there is no file.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from cdp_spark.files.locations import is_local, opened
from cdp_spark.lake.errors import LeaseHeld

EXPIRES_SECONDS = 900.0
_WAIT_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


@contextmanager
def lease(
    root: str,
    table: str,
    run_id: str,
    wait_seconds: float = _WAIT_SECONDS,
    expires_seconds: float = EXPIRES_SECONDS,
) -> Iterator[int]:
    """Hold the lease of a table while the block runs; yields the fencing token (0: not needed).

    The same run_id may enter again. A lease is taken over if its process is gone or it is older
    than `expires_seconds`.

    Raises:
        LeaseHeld: another live run held it for `wait_seconds`.
    """
    if not is_local(root):
        yield 0
        return
    path = Path(opened(root)[1]) / "_leases" / f"{table}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    token = _take(path, run_id, wait_seconds, expires_seconds)
    try:
        yield token
    finally:
        with _guarded(path):
            if _holder(path).get("token") == token:
                path.unlink()


def _take(path: Path, run_id: str, wait_seconds: float, expires_seconds: float) -> int:
    deadline = time.monotonic() + wait_seconds
    while True:
        with _guarded(path):
            holder = _holder(path)
            if _is_free(holder, run_id):
                return _hold(path, run_id, expires_seconds)
        if time.monotonic() > deadline:
            raise LeaseHeld(f"{path.stem}: run {holder['run_id']} holds its lease; run again later")
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """Lock out other processes: otherwise two could take over the same lease."""
    with path.with_suffix(".guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _hold(path: Path, run_id: str, expires_seconds: float) -> int:
    token = time.time_ns()
    holder = {
        "run_id": run_id,
        "token": token,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "expires": time.time() + expires_seconds,
    }
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(holder))
    draft.replace(path)
    return token


def _holder(path: Path) -> dict[str, object]:
    """The holder of the lease; empty if there is none or its file is incomplete."""
    try:
        found: dict[str, object] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found


def _is_free(holder: dict[str, object], run_id: str) -> bool:
    if not holder:
        return True
    is_same_host = holder["host"] == socket.gethostname()
    is_dead = is_same_host and not _is_alive(int(str(holder["pid"])))
    is_expired = float(str(holder["expires"])) < time.time()
    return holder["run_id"] == run_id or is_dead or is_expired


def _is_alive(pid: int) -> bool:
    """Whether a process runs; an ended one is a zombie until its parent reads its status."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
