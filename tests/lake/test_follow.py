import os
import signal
import time
from itertools import count

import pytest

from cdp_spark.lake import ContractBroken, LeaseHeld, TableMoved
from cdp_spark.lake.follow import follow


class _Calls:
    """A call that records its times, and sends a signal on the last one."""

    def __init__(self, most: int, number: signal.Signals = signal.SIGTERM) -> None:
        self.starts: list[float] = []
        self.ended = 0
        self._most, self._number = most, number

    def __call__(self) -> None:
        self.starts.append(time.monotonic())
        if len(self.starts) == self._most:
            os.kill(os.getpid(), self._number)
        self.ended += 1


def _handlers() -> list[object]:
    return [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_call_under_way_end_and_no_other_begin(number: signal.Signals) -> None:
    before = _handlers()
    calls = _Calls(3, number)
    follow(calls, 0)
    assert (len(calls.starts), calls.ended) == (3, 3)
    assert _handlers() == before


def test_the_interval_counts_from_start_to_start_without_a_wait_after_a_long_call() -> None:
    calls = _Calls(3)
    numbers = count()

    def once() -> None:
        calls()
        time.sleep(0.6 if next(numbers) == 0 else 0.2)

    follow(once, 0.4)
    first, second, third = calls.starts
    assert 0.6 <= second - first < 0.8
    assert 0.4 <= third - second < 0.6


def test_a_signal_ends_the_wait_for_the_next_call() -> None:
    def once() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.2)

    def tell(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    handler = signal.signal(signal.SIGALRM, tell)
    try:
        began = time.monotonic()
        follow(once, 60)
        assert time.monotonic() - began < 10
    finally:
        signal.signal(signal.SIGALRM, handler)


def test_a_second_signal_is_no_longer_held_back() -> None:
    def once() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            follow(once, 0)
    finally:
        signal.signal(signal.SIGINT, handler)


def test_conflicts_are_retried_and_a_success_resets_the_count() -> None:
    calls = _Calls(8)

    def once() -> None:
        calls()
        if len(calls.starts) not in (3, 6):
            raise TableMoved("moved") if len(calls.starts) % 2 else LeaseHeld("held")

    follow(once, 0, pauses=(0.0, 0.0))
    assert len(calls.starts) == 8


def test_somebody_in_the_way_for_too_long_ends_it() -> None:
    calls = _Calls(99)

    def once() -> None:
        calls()
        raise LeaseHeld("held")

    before = _handlers()
    with pytest.raises(LeaseHeld):
        follow(once, 0, pauses=(0.0, 0.0))
    assert len(calls.starts) == 3
    assert _handlers() == before


def test_any_other_error_ends_it_at_once() -> None:
    calls = _Calls(99)

    def once() -> None:
        calls()
        raise ContractBroken("broken")

    with pytest.raises(ContractBroken):
        follow(once, 0)
    assert len(calls.starts) == 1
