import pytest

from cdp_spark.values.country import country_of, is_country, zone_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TR", "TR"), (" tr ", "TR"), ("TUR", "TR"), ("792", "TR"), ("Türkiye", "TR"),
        ("TURKEY", "TR"), ("Deutschland", "DE"), ("Almanya", "DE"), ("États-Unis", "US"),
        ("U.S.A.", "US"), ("UK", "GB"), ("İngiltere", "GB"), ("中国", "CN"), ("Earth", None),
        ("", None), ("ZZ", None), ("EU", None),
    ],
)  # fmt: skip
def test_codes_and_names_in_many_languages_name_a_country(text: str, code: str | None) -> None:
    assert country_of(text) == code


def test_a_code_has_two_capital_letters() -> None:
    assert is_country("DE")
    assert not any(map(is_country, ("de", "DEU", "XX", "")))


def test_a_country_with_one_clock_has_a_time_zone() -> None:
    zones = {code: zone_of(code) for code in ("TR", "DE", "FR", "US", "ES", "CN", "", "XX")}
    assert zones == {
        "TR": "Europe/Istanbul", "DE": "Europe/Berlin", "FR": "Europe/Paris",
        "US": "", "ES": "", "CN": "", "": "", "XX": "",
    }  # fmt: skip
