import hashlib
from pathlib import Path

import pytest

from cdp_spark.lake.jars import FOLDER, LOCK, Group, Jar, JarRejected, fetch, jar_paths, locked

_PROJECT = Path(__file__).parents[2]


def _project(folder: Path, content: bytes, sha256: str) -> Path:
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "org.x_tool-1.0.jar").write_bytes(content)
    (folder / "jars.lock").write_text(f"# jars\n\norg.x:tool:1.0 {sha256}\n!org.y:*\n")
    return folder


def test_a_lock_names_jars_and_what_is_left_out(tmp_path: Path) -> None:
    project = _project(tmp_path, b"jar", "00")
    assert locked(project / LOCK) == [Group((Jar("org.x:tool:1.0", "00"),), ("org.y:*",))]
    assert jar_paths(project) == [project / FOLDER / "org.x_tool-1.0.jar"]


def test_what_one_group_leaves_out_another_may_name(tmp_path: Path) -> None:
    lock = tmp_path / "jars.lock"
    lock.write_text("# first\ng:a:1 00\n!g:b\n\n\n# second\ng:b:2 01\n")
    assert locked(lock) == [
        Group((Jar("g:a:1", "00"),), ("g:b",)),
        Group((Jar("g:b:2", "01"),), ()),
    ]


def test_a_jar_with_the_locked_hash_is_used(tmp_path: Path) -> None:
    project = _project(tmp_path, b"jar", hashlib.sha256(b"jar").hexdigest())
    assert fetch(project / LOCK, project / FOLDER) == jar_paths(project)


def test_a_jar_with_another_hash_is_removed_and_rejected(tmp_path: Path) -> None:
    project = _project(tmp_path, b"other", hashlib.sha256(b"jar").hexdigest())
    with pytest.raises(JarRejected, match=r"org.x:tool:1.0: expected SHA-256 .*; removed"):
        fetch(project / LOCK, project / FOLDER)
    with pytest.raises(JarRejected, match="not found; run `make setup`"):
        jar_paths(project)


def test_every_jar_of_this_project_is_locked_by_its_hash() -> None:
    jars = [jar for group in locked(_PROJECT / LOCK) for jar in group.jars]
    assert {len(bytes.fromhex(jar.sha256)) for jar in jars} == {32}
    assert {jar.coordinate.count(":") for jar in jars} == {2}
    assert len(jar_paths(_PROJECT)) == len(jars)
