from pathlib import Path

import pytest

from cdp_spark.semantics.secrets import SecretMissing, revealed, without


def test_references_are_replaced_by_what_they_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP", "a b")
    file = tmp_path / "secret"
    file.write_text("c$d \n")
    assert revealed(f"x ${{env:SHOP}} ${{file:{file}}} $y") == "x a b c$d  $y"


@pytest.mark.parametrize("reference", ["${env:CDP_NOT_SET}", "${file:/nowhere/secret}"])
def test_what_is_missing_is_named(reference: str) -> None:
    with pytest.raises(SecretMissing) as missing:
        revealed(reference)
    assert str(missing.value).startswith(reference)


def test_secrets_are_blacked_out() -> None:
    assert without("hunter2 and hunter", "hunter", "hunter2", "") == "*** and ***"
