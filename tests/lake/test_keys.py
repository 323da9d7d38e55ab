import stat
from pathlib import Path

import pytest

from cdp_spark.lake.keys import identifier_key, key_mark


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "_keys" / "identifier"
    key = identifier_key(str(file), may_make=True)
    assert len(key) == 32
    assert (
        identifier_key(str(file), may_make=True),
        identifier_key(f"file://{file}", may_make=True),
    ) == (key, key)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["identifier"]
    assert identifier_key(str(tmp_path / "another"), may_make=True) != key


def test_a_mark_identifies_a_key_without_revealing_it() -> None:
    key = b"a key of 16 bytes"
    assert key_mark(key) == key_mark(key) != key_mark(key + b"x")
    assert len(key_mark(key)) == 16
    assert key.hex() not in key_mark(key)


def test_a_given_key_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"a key of 16 bytes")
    assert identifier_key(str(file), may_make=True) == b"a key of 16 bytes"


def test_a_key_elsewhere_is_never_made() -> None:
    with pytest.raises(OSError, match="missing"):
        identifier_key("mock://lake/missing", may_make=True)


def test_a_key_that_may_not_be_made_is_missed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        identifier_key(str(tmp_path / "key"), may_make=False)
    assert not (tmp_path / "key").exists()
