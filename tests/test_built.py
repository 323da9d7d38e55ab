import threading
from pathlib import Path

import pytest

from tests.built import built_once


def test_of_many_that_ask_at_once_one_builds(tmp_path_factory: pytest.TempPathFactory) -> None:
    calls: list[Path] = []
    found: list[Path] = []

    def build(folder: Path) -> None:
        calls.append(folder)
        folder.mkdir()
        (folder / "file").write_text("built")

    def ask() -> None:
        found.append(built_once(tmp_path_factory, "of-many", build))

    tmp_path_factory.getbasetemp()  # workers have made theirs before they ask
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert {(one / "file").read_text() for one in found} == {"built"}


def test_a_folder_that_failed_to_build_is_built_by_the_next_test(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def fail(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").write_text("")
        raise OSError("disk is full")

    with pytest.raises(OSError, match="disk is full"):
        built_once(tmp_path_factory, "failed", fail)
    folder = built_once(tmp_path_factory, "failed", Path.mkdir)
    assert [*folder.iterdir()] == []
