"""Repeats a call in one session until the process gets a signal to stop."""

import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from cdp_spark.lake.errors import LeaseHeld, TableMoved

# After this many failures in a row, on top of the lease's own wait, give up.
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_ENDING = (signal.SIGTERM, signal.SIGINT)
# Sleep in slices, because a handler that only sets a flag does not interrupt a sleep.
_SLICE_SECONDS = 0.1
_log = logging.getLogger(__name__)


@dataclass
class _StopFlag:
    """Whether a signal has requested to stop."""

    is_set: bool = False


def follow(once: Callable[[], Any], seconds: float, pauses: Sequence[float] = PAUSES) -> None:
    """Call `once`, at least `seconds` from start to start, until SIGTERM or SIGINT.

    A signal lets the current call finish; a second one ends the process as usual. After a conflict
    with another run (exit code 75), the call is repeated after a pause, at most once per pause in
    a row. Must run in the main thread, which receives the signals.

    Raises:
        LeaseHeld: the conflict remained after the last pause; or TableMoved.
        Exception: any other error of `once`.
    """
    with _stop_flag() as stop:
        retries = 0
        while not stop.is_set:
            due = time.monotonic() + seconds
            try:
                once()
                retries = 0
            except (LeaseHeld, TableMoved) as error:
                if retries == len(pauses):
                    raise
                due = max(due, time.monotonic() + pauses[retries])
                retries += 1
                _log.warning("retry %d of %d: %s", retries, len(pauses), error)
            _sleep_until(due, stop)


def _sleep_until(due: float, stop: _StopFlag) -> None:
    while not stop.is_set and (left := due - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE_SECONDS))


@contextmanager
def _stop_flag() -> Iterator[_StopFlag]:
    """The flag that the first signal sets; it also restores the previous handlers."""
    stop = _StopFlag()
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in _ENDING}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def end(_: int, __: FrameType | None) -> None:
        stop.is_set = True
        restore()

    for number in _ENDING:
        signal.signal(number, end)
    try:
        yield stop
    finally:
        restore()
