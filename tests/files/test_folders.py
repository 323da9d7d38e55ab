from pathlib import Path

import pytest

from cdp_spark.files.folders import (
    create_folder,
    files_in,
    folder_names,
    is_folder,
    move_file,
    remove_folder,
)


def test_a_folder_that_is_not_there_has_no_names_and_needs_no_removal(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    assert folder_names(str(folder)) == []
    remove_folder(str(folder))
    for name in ("c", "b/d"):
        (folder / name).mkdir(parents=True)
    assert folder_names(str(folder)) == ["b", "c"]
    remove_folder(str(folder))
    assert not folder.exists()


def test_a_listing_names_files_below_the_folder_and_keeps_the_form_of_its_uri(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "a %20b"
    create_folder(f"file://{folder}/deep")
    (folder / "z").write_bytes(b"123")
    (folder / "deep" / "y").touch()
    for uri in (str(folder), f"{folder}/", f"file://{folder}"):
        found = list(files_in(uri, is_recursive=True))
        assert [(one.name, one.size_bytes) for one in found] == [("deep/y", 0), ("z", 3)]
        assert [one.uri for one in found] == [f"{uri.rstrip('/')}/{one.name}" for one in found]
        assert all(one.modified_at for one in found)
        assert [one.name for one in files_in(uri)] == ["z"]
    assert is_folder(f"file://{folder}")
    assert not is_folder(str(folder / "z"))
    assert list(files_in(str(folder / "none"))) == []


def test_files_of_a_relative_path_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").touch()
    monkeypatch.chdir(tmp_path)
    assert [one.uri for one in files_in(".")] == [str(tmp_path / "a")]


def test_a_moved_file_replaces_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    move_file(f"file://{tmp_path}/new", str(tmp_path / "old"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("old", "new")]
