"""One committing run per table: an exclusive file that expires and carries a fencing token.

On a local disk two JVMs can both believe they won one Delta version, so the file decides. On
object stores and HDFS the log store decides, and no file is made.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from cdp_spark.lake.errors import LeaseHeld
from cdp_spark.lake.filesystem import is_local

EXPIRES_SECONDS = 900.0
_WAIT_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


@contextmanager
def lease(root: str, table: str, run_id: str, wait_seconds: float = _WAIT_SECONDS) -> Iterator[int]:
    """Hold the lease of a table while the block runs; gives the fencing token (0: none needed).

    The same run_id enters again. A lease whose process is gone, or that is over
    `EXPIRES_SECONDS` old, is taken over.

    Raises:
        LeaseHeld: another living run kept it for `wait_seconds`.
    """
    if not is_local(root):
        yield 0
        return
    path = Path(root) / "_leases" / f"{table}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    token = _take(path, run_id, wait_seconds)
    try:
        yield token
    finally:
        if _holder(path).get("token") == token:
            path.unlink(missing_ok=True)


def _take(path: Path, run_id: str, wait_seconds: float) -> int:
    deadline = time.monotonic() + wait_seconds
    while True:
        if _is_free(_holder(path), run_id):
            path.unlink(missing_ok=True)
        token = _create(path, run_id)
        if token:
            return token
        if time.monotonic() > deadline:
            held = _holder(path).get("run_id", "another run")
            raise LeaseHeld(f"{path.stem}: run {held} is committing to it; try again later")
        time.sleep(_PAUSE_SECONDS)


def _create(path: Path, run_id: str) -> int:
    token = time.time_ns()
    holder = {
        "run_id": run_id,
        "token": token,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "expires": time.time() + EXPIRES_SECONDS,
    }
    # Written whole under another name first: a link appears at once and only where none is.
    draft = path.with_suffix(f".{os.getpid()}.{token}")
    draft.write_text(json.dumps(holder))
    try:
        os.link(draft, path)
    except FileExistsError:
        return 0
    finally:
        draft.unlink()
    return token


def _holder(path: Path) -> dict[str, object]:
    try:
        found: dict[str, object] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found


def _is_free(holder: dict[str, object], run_id: str) -> bool:
    if not holder:
        return False
    is_same_host = holder["host"] == socket.gethostname()
    is_dead = is_same_host and not psutil.pid_exists(int(str(holder["pid"])))
    is_expired = float(str(holder["expires"])) < time.time()
    return holder["run_id"] == run_id or is_dead or is_expired
