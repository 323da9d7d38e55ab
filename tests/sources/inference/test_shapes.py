import pytest

from cdp_spark.sources.inference.shapes import (
    Decimals,
    Times,
    are_emails,
    are_flags,
    are_phones,
    decimals_of,
    phone_countries,
    times_of,
)


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        (["1", "20"], ""),
        (["1.299,90", "49,90 TL"], ","),
        (["1 234,50", "12,-"], ","),
        (["$1,299.90", "(5.00)"], "."),
        (["2026-11-20"], None),
        (["20.11.2026"], None),
        (["free", "x"], None),
        (["a@b.org"], None),
    ],
)
def test_the_decimal_sign_of_numbers(values: list[str], sign: str | None) -> None:
    found = decimals_of(values)
    assert (found and found.sign) == sign


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        # Three digits behind the only sign.
        (["10.000", "250.000"], Decimals(",", is_sure=False)),
        (["1.299", "2.450", "950"], Decimals(",", is_sure=False)),
        (["1,299", "Rs. 950"], Decimals(".", is_sure=False, is_grouped=True)),
        # One number decides.
        (["1.299", "2.450", "12,5"], Decimals(",")),
        (["10.000", "1.250.000"], Decimals(",")),
        (["1,299", "12.50"], Decimals(".", is_grouped=True)),
        (["1,299.00", "12.50"], Decimals(".")),
        (["0.500", "1.250"], Decimals(".")),
        (["12,-"], Decimals(",")),
        # Few numbers have a sign, or only late ones.
        (["950"] * 86 + ["49,90"] * 14, Decimals(",")),
        (["950"] * 5_000 + ["1.299,90"] * 50_000, Decimals(",")),
        (["950"] * 50_000 + ["1.299,90"] * 5_000, Decimals(",")),
    ],
)
def test_numbers_with_a_point_or_comma_decide_and_doubt_is_named(
    values: list[str], decimals: Decimals
) -> None:
    assert decimals_of(values) == decimals


@pytest.mark.parametrize(
    ("values", "times"),
    [
        (["2026-11-20T10:00:00Z"], Times()),
        (["2026-11-20 10:00:00"], Times(has_zone=False)),
        (["2025-03-01 10:00:00+00"], Times()),
        (["2025-03-01 10:00:00.5 UTC"], Times()),
        (["2025-03-01"], Times(has_zone=False)),
        (["1795168800", "1795168801"], Times()),
        (["31.12.2025 14:05", "1.2.2026"], Times("d.M.yyyy[ H:mm[:ss]]", has_zone=False)),
        (["12/31/25 1:05 PM"], Times("M/d/yy[ h:mm[:ss] a]", has_zone=False)),
        (["1/2/2026"], Times("d/M/yyyy[ H:mm[:ss]]", has_zone=False, is_sure=False)),
        (["2026/1/31"], Times("yyyy/M/d[ H:mm[:ss]]", has_zone=False)),
        (["12.50"], None),
        (["soon"], None),
        ([], None),
    ],
)
def test_how_times_are_written(values: list[str], times: Times | None) -> None:
    assert times_of(values) == times


def test_the_country_of_national_numbers() -> None:
    assert phone_countries(["2125550104", "4155552671", "3105550188", "7185550123"]) == ["US"]
    assert phone_countries(["+905001112201"]) == []
    assert phone_countries(["0500 111 22 01"], ["TR"])[0] == "TR"
    assert len(phone_countries(["0500 111 22 01"])) > 1
    assert are_phones(["(212) 555-0104"])
    assert not are_phones(["2026-11-20"])


def test_addresses_and_words_for_yes_and_no() -> None:
    assert are_emails(["a@b.org", "mailto:c@d.org"])
    assert are_flags(["evet", "HAYIR", "1"])
    assert not are_flags(["yes", "maybe"])
    assert not are_flags([])
