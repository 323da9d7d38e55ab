from pathlib import Path

import pytest

from cdp_spark.lake import LakeNotWritable
from cdp_spark.lake.access import require_writable
from cdp_spark.launch import SETTINGS_INVALID, exit_code


def _refused(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied", "/lake")


def test_a_lake_that_cannot_be_written_is_one_sentence_with_an_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LakeNotWritable, match=r"file/lake: the lake can't be written: Not a dir"):
        require_writable(str(tmp_path / "file" / "lake"))
    monkeypatch.setattr("tempfile.TemporaryFile", _refused)
    with pytest.raises(LakeNotWritable, match="Permission denied; give this user") as found:
        require_writable(str(tmp_path))
    assert exit_code(found.value) == SETTINGS_INVALID


def test_a_writable_lake_keeps_nothing_of_the_test(tmp_path: Path) -> None:
    require_writable(f"file://{tmp_path}/new")
    assert [*tmp_path.iterdir()] == [tmp_path / "new"]
    assert not [*(tmp_path / "new").iterdir()]
    require_writable("s3a://bucket/lake")  # shown by the first write
