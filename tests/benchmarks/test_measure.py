import json
import subprocess
import sys
import time
from functools import partial
from signal import SIGKILL, raise_signal

import pytest

from tests.benchmarks import measure
from tests.benchmarks.measure import (
    Answer,
    Disagreement,
    Figures,
    PeakMemory,
    PeerFailed,
    PeerKilled,
    agree,
    limited,
)

_ONE = Answer({"events": 3}, 17)


def test_sides_with_the_same_counts_and_content_agree() -> None:
    agree({"ours": _ONE, "duckdb": Answer({"events": 3}, 17)})


@pytest.mark.parametrize("other", [Answer({"events": 4}, 17), Answer({"events": 3}, 18)])
def test_sides_that_differ_in_one_number_disagree(other: Answer) -> None:
    with pytest.raises(Disagreement, match="polars"):
        agree({"ours": _ONE, "duckdb": _ONE, "polars": other})


def test_a_peer_that_takes_too_long_is_stopped_and_reported_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = Figures("ingest", 3, {"start": 1.0, "ours": 6.0})
    started = time.perf_counter()
    figures.compare("slow", limited(time.sleep, 60, limit=0.5), 0.5)
    figures.compare("quick", 3.0, 600.0)
    figures.tell()
    assert time.perf_counter() - started < 30
    printed = json.loads(capsys.readouterr().out)
    assert printed["seconds"] == {"start": 1.0, "ours": 6.0, "slow": "> 0.5", "quick": 3.0}
    assert printed["ratios"] == {"slow": "< 12", "quick": 2.0}


def test_the_seconds_of_a_peer_leave_out_its_start() -> None:
    started = time.perf_counter()
    took = limited(time.sleep, 0.2, limit=60)
    assert took is not None
    assert 0.2 <= took < (time.perf_counter() - started) / 2


def test_a_peer_that_breaks_is_no_slow_peer() -> None:
    with pytest.raises(PeerFailed, match="exit code 1"):
        limited(int, "none", limit=60)


def test_a_peer_that_is_killed_differs_from_one_that_breaks() -> None:
    with pytest.raises(PeerKilled, match="was killed"):
        limited(raise_signal, SIGKILL, limit=60)
    figures = Figures("any", 3, seconds={"ours": 2.0})
    figures.died("polars")
    assert (figures.seconds["polars"], figures.ratios) == ("died", {})


def test_peak_memory_is_the_most_held_at_one_time() -> None:
    with PeakMemory() as before:
        time.sleep(0.2)
    with PeakMemory() as during:
        held = bytearray(b"x" * (200 << 20))
        time.sleep(0.3)
        del held
    assert during.mib >= before.mib + 150


@pytest.mark.parametrize(("seconds", "counts"), [(60.0, False), (0.0, True)])
def test_a_child_that_has_just_begun_does_not_count(
    seconds: float, *, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "_YOUNG_SECONDS", seconds)
    with PeakMemory() as before:
        time.sleep(0.2)
    code = "import time; held = b'x' * (300 << 20); print(flush=True); time.sleep(9)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:  # noqa: S603 - our own line
        assert child.stdout
        child.stdout.readline()
        with PeakMemory() as during:
            time.sleep(0.2)
        child.kill()
    assert (during.mib >= before.mib + 250) is counts


def test_output_of_a_peer_does_not_reach_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    assert limited(partial(print, flush=True), "100 %", limit=60) is not None
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "100 %" in printed.err
