import json
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from cdp_spark.lake import LeaseHeld
from cdp_spark.lake.leases import lease

_TABLE = "silver.event"


def _file(root: Path) -> Path:
    return root / "_leases" / f"{_TABLE}.json"


def _holder(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_file(root).read_text())
    return found


def _left_by(root: Path, **changes: Any) -> None:
    """The lease of another run, with changes, as if its process had ended here."""
    with lease(str(root), _TABLE, "other"):
        left = _holder(root) | changes
    _file(root).write_text(json.dumps(left))


def test_a_lease_is_there_while_the_block_runs_and_gone_after(tmp_path: Path) -> None:
    with lease(str(tmp_path), _TABLE, "mine") as token:
        assert (_holder(tmp_path)["run_id"], _holder(tmp_path)["token"]) == ("mine", token)
    assert not _file(tmp_path).exists()
    with pytest.raises(RuntimeError), lease(str(tmp_path), _TABLE, "mine"):
        raise RuntimeError
    assert not _file(tmp_path).exists()
    with lease("s3://bucket/lake", _TABLE, "mine") as token:
        assert token == 0


def test_a_living_run_keeps_its_lease_and_the_message_names_it(tmp_path: Path) -> None:
    _left_by(tmp_path)
    with pytest.raises(LeaseHeld, match=r"silver\.event: run other holds its lease"):
        lease(str(tmp_path), _TABLE, "mine", wait_seconds=0.0).__enter__()
    assert _holder(tmp_path)["run_id"] == "other"
    with lease(str(tmp_path), "silver.sighting", "mine", wait_seconds=0.0):
        pass


def test_a_lease_of_another_process_is_waited_for(tmp_path: Path) -> None:
    program = f"""
import time
from cdp_spark.lake.leases import lease
with lease({str(tmp_path)!r}, {_TABLE!r}, "other"):
    print("held", flush=True)
    time.sleep(1)
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:  # noqa: S603 - our own program
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LeaseHeld):
            lease(str(tmp_path), _TABLE, "mine", wait_seconds=0.0).__enter__()
        with lease(str(tmp_path), _TABLE, "mine", wait_seconds=30.0):
            assert _holder(tmp_path)["pid"] == os.getpid()
    assert other.returncode == 0


@pytest.mark.parametrize(
    "change",
    [
        {"pid": 2**22 + 1},  # above the largest id a process can have
        {"expires": time.time() - 1},
        {"run_id": "mine"},
        {"expires": 0.0, "host": "another machine"},
    ],
)
def test_a_lease_of_a_dead_process_or_of_the_same_run_is_taken_over(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    _left_by(tmp_path, **change)
    with lease(str(tmp_path), _TABLE, "mine", wait_seconds=0.0) as token:
        assert (_holder(tmp_path)["run_id"], _holder(tmp_path)["token"]) == ("mine", token)


def test_a_dead_process_on_another_machine_is_not_detected(tmp_path: Path) -> None:
    _left_by(tmp_path, pid=2**22 + 1, host="another machine")
    with pytest.raises(LeaseHeld):
        lease(str(tmp_path), _TABLE, "mine", wait_seconds=0.0).__enter__()


def test_an_incomplete_lease_file_is_ignored(tmp_path: Path) -> None:
    for text in ("", '{"run_id": "other"'):
        _left_by(tmp_path)
        _file(tmp_path).write_text(text)
        with lease(str(tmp_path), _TABLE, "mine", wait_seconds=0.0):
            assert _holder(tmp_path)["run_id"] == "mine"


def test_only_the_holder_removes_the_lease(tmp_path: Path) -> None:
    with lease(str(tmp_path), _TABLE, "slow"):
        _file(tmp_path).write_text(json.dumps(_holder(tmp_path) | {"expires": 0.0}))
        taken_over = lease(str(tmp_path), _TABLE, "next")
        taken_over.__enter__()
    assert _holder(tmp_path)["run_id"] == "next"


def test_of_many_that_find_a_lease_expired_one_at_a_time_holds_it(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []
    gate = Barrier(8)

    def commit(number: int) -> None:
        gate.wait()
        with lease(str(tmp_path), _TABLE, f"run-{number}"):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.01)
            inside.remove(number)

    _left_by(tmp_path, expires=0.0)
    threads = [Thread(target=commit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8
