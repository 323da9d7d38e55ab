import os
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from cdp_spark.service import landing as module
from cdp_spark.service.landing import Landing, LandingBroken, LandingFull, Limits, finish_parts


def _whole(folder: Path) -> list[bytes]:
    return sorted(
        line for file in folder.glob("*.jsonl") for line in file.read_bytes().splitlines()
    )


def test_lines_of_many_writers_land_once_and_whole(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "web", Limits(file_bytes=500))

    def write(writer: int) -> None:
        for number in range(50):
            landing.put(f"{writer}-{number:03}\n".encode()).result(10)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    landing.close()
    lines = _whole(tmp_path / "web")
    assert lines == sorted(f"{w}-{n:03}".encode() for w in range(8) for n in range(50))
    assert len([*(tmp_path / "web").iterdir()]) > 3


def test_a_file_has_its_name_only_when_it_is_handed_on(tmp_path: Path) -> None:
    landing = Landing(tmp_path, Limits(file_seconds=0.3))
    landing.put(b"one\n").result(10)
    (part,) = tmp_path.iterdir()
    assert part.read_bytes() == b"one\n"
    assert part.name.endswith(".jsonl.part")
    deadline = time.monotonic() + 10
    while not _whole(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _whole(tmp_path) == [b"one"]
    landing.close()


def test_what_a_dead_process_left_is_finished_up_to_its_last_whole_line(tmp_path: Path) -> None:
    first, second = (f"20250101T000000-{one * 32}.jsonl.part" for one in "ab")
    (tmp_path / first).write_bytes(b"one\ntwo\n" + b"x" * 200_000)
    (tmp_path / second).write_bytes(b"cut")
    (tmp_path / "of_a_partner.jsonl.part").write_bytes(b"still coming")
    landing = Landing(tmp_path / ".")
    assert landing.finished == 2
    landing.put(b"three\n").result(10)
    assert finish_parts(tmp_path) == 0  # the one being written is left alone
    landing.close()
    assert _whole(tmp_path) == [b"one", b"three", b"two"]
    assert (tmp_path / "of_a_partner.jsonl.part").exists()


def test_more_than_may_wait_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    flush = os.fsync

    def slow(handle: int) -> None:
        gate.wait(10)
        flush(handle)

    monkeypatch.setattr(os, "fsync", slow)
    landing = Landing(tmp_path, Limits(waiting_bytes=10))
    first = landing.put(b"12345678\n")
    with pytest.raises(LandingFull):
        landing.put(b"more\n")
    assert not first.done()
    gate.set()
    first.result(10)
    landing.put(b"more\n").result(10)
    landing.close()
    assert _whole(tmp_path) == [b"12345678", b"more"]


def test_lines_that_can_not_be_written_raise_and_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(tmp_path)
    landing.put(b"one\n").result(10)
    write = module._write_all  # noqa: SLF001 - a disk that is full can't be had here

    def full(file: object, lines: bytes) -> None:
        write(file, lines[:2])  # type: ignore[arg-type]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write_all", full)
    refused: Future[None] = landing.put(b"two\n")
    with pytest.raises(LandingBroken, match="No space left"):
        refused.result(10)
    monkeypatch.setattr(module, "_write_all", write)
    landing.put(b"two\n").result(10)
    landing.close()
    assert _whole(tmp_path) == [b"one", b"two"]
