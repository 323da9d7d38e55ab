from pathlib import Path

import pytest

from cdp_spark.files.locations import as_uri, is_local, opened


def test_a_path_and_a_uri_of_this_machine_are_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for uri in ("a b", str(tmp_path / "a b"), f"file://{tmp_path}/a b"):
        assert is_local(uri)
        assert opened(uri)[1] == str(tmp_path / "a b")
    assert not is_local("s3://bucket/a")


def test_spark_gets_a_uri_and_remote_ones_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert as_uri("a b") == f"file://{tmp_path}/a%20b"
    assert as_uri(f"file://{tmp_path}/a b") == f"file://{tmp_path}/a b"
    assert as_uri("s3a://bucket/a") == "s3a://bucket/a"
