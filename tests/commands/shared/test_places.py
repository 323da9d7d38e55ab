import pytest

from cdp_spark.commands.shared.places import (
    country_named,
    currency_named,
    usual_currency,
    zone_named,
)
from cdp_spark.settings import SettingsInvalid


def test_codes_and_names_are_understood_in_any_case() -> None:
    assert [country_named(one) for one in ("de", "Almanya", "USA", "")] == ["DE", "DE", "US", ""]
    assert [currency_named(one) for one in ("try", "Euro", "")] == ["TRY", "EUR", ""]
    assert [currency_named(one) for one in ("₺", "tl", "€", "US$")] == ["TRY", "TRY", "EUR", "USD"]
    assert [zone_named(one) for one in ("europe/berlin", "America/New York", "")] == [
        "Europe/Berlin", "America/New_York", "",
    ]  # fmt: skip
    assert [zone_named(one) for one in ("berlin", "Istanbul", "new york", "utc")] == [
        "Europe/Berlin", "Europe/Istanbul", "America/New_York", "UTC",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("named", "text", "near"),
    [
        (
            country_named,
            "Germny",
            r"ISO 3166 such as DE, found 'Germny'; did you mean DE \(Germany",
        ),
        (country_named, "XX", r"ISO 3166 such as DE, found 'XX'$"),
        (currency_named, "Turkish Lra", r"did you mean .*TRY \(Turkish Lira\)"),
        (currency_named, "EURO€", r"ISO 4217 such as EUR"),
        (zone_named, "Istambul", r"did you mean (Europe|Asia)/Istanbul"),
        (zone_named, "Europe/Berln", r"did you mean Europe/Berlin"),
        (zone_named, "Eastern", r"did you mean (US|Canada)/Eastern"),
    ],
)
def test_the_nearest_names_stand_in_the_error(named, text: str, near: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SettingsInvalid, match=near):
        named(text)


def test_a_country_has_a_usual_currency() -> None:
    assert [usual_currency(one) for one in ("TR", "US", "")] == ["TRY", "USD", ""]
