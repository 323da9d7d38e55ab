"""One thing done again and again in a session, until the process is told to end."""

import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from cdp_spark.lake.errors import LeaseHeld, TableMoved

# After so many refusals in a row, a lease's own wait not counted, whoever holds it will stay.
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_ENDING = (signal.SIGTERM, signal.SIGINT)
# A handler that only sets a flag does not end a sleep.
_SLICE_SECONDS = 0.1
_log = logging.getLogger(__name__)


@dataclass
class _Told:
    """Whether a signal has come."""

    to_end: bool = False


def follow(once: Callable[[], Any], seconds: float, pauses: Sequence[float] = PAUSES) -> None:
    """Call `once`, at least `seconds` from start to start, until SIGTERM or SIGINT.

    A signal lets the call under way end; a second one ends the process as it would without this.
    Where somebody else got in the way (exit code 75) the call is made again after a pause, as
    often in a row as there are pauses. To be called from the main thread, which gets the signals.

    Raises:
        LeaseHeld: somebody else was in the way after the last pause, too; or TableMoved.
        Exception: whatever else `once` raised.
    """
    with _told() as told:
        refused = 0
        while not told.to_end:
            due = time.monotonic() + seconds
            try:
                once()
                refused = 0
            except (LeaseHeld, TableMoved) as error:
                if refused == len(pauses):
                    raise
                due = max(due, time.monotonic() + pauses[refused])
                refused += 1
                _log.warning("try %d of %d again: %s", refused, len(pauses), error)
            _sleep_until(due, told)


def _sleep_until(due: float, told: _Told) -> None:
    while not told.to_end and (left := due - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE_SECONDS))


@contextmanager
def _told() -> Iterator[_Told]:
    """The flag that the first signal sets; with it, the handlers from before are back."""
    told = _Told()
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in _ENDING}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def end(_: int, __: FrameType | None) -> None:
        told.to_end = True
        restore()

    for number in _ENDING:
        signal.signal(number, end)
    try:
        yield told
    finally:
        restore()
