import pytest

from cdp_spark.sources.columns import (
    folded,
    matched_names,
    missing_columns,
    near_names,
    shown_names,
    tidy_names,
)
from cdp_spark.sources.reader import FileRejected
from cdp_spark.sources.reading import ReadingSettings, SourceReading


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müşteri No", "MUSTERI NO"),
        ("Müşteri No", "müşterino"),
        ("\ufeffE-Posta", "e-posta"),
        ("e\u00a0mail", "E Mail"),
        ("KAYIT TARİHİ", "kayıt tarihi"),  # noqa: RUF001
        ("Straße", "STRASSE"),
        ("Zam\u00f3wienie", "Zamo\u0301wienie"),
    ],
)
def test_names_are_compared_by_letters(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    assert folded("E-Posta") != folded("Eposta No")


def _reading(*mapped: str, may_miss: bool = False) -> SourceReading:
    return SourceReading(mapped=mapped, may_miss_columns=may_miss)


def test_columns_get_the_names_of_the_settings() -> None:
    names = tidy_names([" Id ", "\ufeffE-POSTA", "note"])
    assert matched_names(names, _reading("id", "E-Posta")) == ["id", "E-Posta", "note"]
    assert matched_names(["id", "ID"], _reading("ID")) == ["id", "ID"]  # exact
    assert matched_names(["id"], ReadingSettings()) == ["id"]
    assert matched_names(["device"], _reading("device.id")) == ["device"]  # a path


def test_a_missing_column_is_named_with_those_found_and_near_ones() -> None:
    with pytest.raises(FileRejected, match="missing_column") as caught:
        matched_names(["id", "at", "email"], _reading("E-mial", "id"))
    assert caught.value.detail == (
        "no column 'E-mial', near: 'email'; columns found: 'id', 'at', 'email'"
    )
    lacking = _reading("E-mial", may_miss=True)
    assert matched_names(["email"], lacking) == ["email"]
    assert "no column 'E-mial'" in missing_columns(["email"], lacking)
    assert missing_columns(["id"], _reading("ID ")) == ""


def test_values_in_place_of_a_header_are_not_shown() -> None:
    assert shown_names(["id", "ann@b.org", "+90500111", "x" * 70]) == "'id', 3 more"
    assert near_names("Kayit Tarih", ["Kayıt Tarihi", "Ad"]) == ["Kayıt Tarihi"]  # noqa: RUF001


def test_a_name_twice_rejects_the_file_and_a_missing_one_gets_its_position() -> None:
    assert tidy_names(["a", " ", "b"]) == ["a", "column_2", "b"]
    with pytest.raises(FileRejected, match="duplicate_column") as caught:
        tidy_names(["a", "a "])
    assert caught.value.detail == "found twice: 'a'"
