from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cdp_spark.lake.filesystem import (
    folder_names,
    is_local,
    opened,
    read_text,
    remove_folder,
    write_text,
)


def test_a_path_and_a_uri_of_this_machine_are_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for uri in ("a b", str(tmp_path / "a b"), f"file://{tmp_path}/a b"):
        assert is_local(uri)
        assert opened(uri)[1] == str(tmp_path / "a b")
    assert not is_local("s3://bucket/a")


def test_a_text_is_replaced_whole_and_its_folders_are_made(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "er" / "page.html"
    for text in ("a long first text", "ü"):
        write_text(str(file), text)
        assert file.read_text(encoding="utf-8") == read_text(str(file)) == text
    assert read_text(str(file.with_name("none"))) == ""
    assert folder_names(str(file.parent)) == ["page.html"]


def test_of_many_writers_at_once_none_fails_and_one_text_stays(tmp_path: Path) -> None:
    file = str(tmp_path / "page")
    texts = [str(number) * 1000 for number in range(8)]

    def write(text: str) -> None:
        for _ in range(100):
            write_text(file, text)

    with ThreadPoolExecutor(len(texts)) as writers:
        list(writers.map(write, texts))
    assert read_text(file) in texts
    assert folder_names(str(tmp_path)) == ["page"]


def test_a_folder_that_is_not_there_has_no_names_and_needs_no_removal(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    assert folder_names(str(folder)) == []
    remove_folder(str(folder))
    for name in ("c", "b/d"):
        (folder / name).mkdir(parents=True)
    assert folder_names(str(folder)) == ["b", "c"]
    remove_folder(str(folder))
    assert not folder.exists()
