import random

import pytest

from cdp_spark.values.phone import is_national, is_placeholder_number, phone_of

_TR = ("TR",)


@pytest.mark.parametrize(
    "spelling",
    [
        "+90 (0) 500 123 45 04", "+90 0500 123 45 04", "tel:+905001234504", "(+90) 500 123 45 04",
        "tel:+90-500-123-45-04;ext=12", "+90 500 123 45 04 ext. 12", "+905001234504,12",
        "+90 500 123 45 04 x12", "whatsapp:+905001234504", "00905001234504", "00 90 500 1234504",
        "+۹۰۵۰۰۱۲۳۴۵۰۴", "＋９０ ５００ １２３ ４５ ０４", "+90\u00a0500\u202f123\u00a04504",
        "\u202a+90 500 123 45 04\u202c", "+90.500.123.45.04", "+90-500-123-45-04", "905001234504",
        "+90 500 123 45 04 / +90 532 111 22 33",
    ],
)  # fmt: skip
def test_a_number_with_its_calling_code_needs_no_country(spelling: str) -> None:
    assert phone_of(spelling) == phone_of(spelling, ("US",)) == "+905001234504"


@pytest.mark.parametrize(
    "spelling",
    [
        "'905001234504", "905001234504.0", "٠٥٠٠١٢٣٤٥٠٤", "۰۵۰۰ ۱۲۳ ۴۵ ۰۴", "500 123 45 04",
        "0500-123-4504", "0 (500) 123.45.04", "Tel: 0500 123 45 04", '="05001234504"',
        "5001234504.0", "0500/1234504", "05001234504 (gsm)", "0500 123 45 04 dahili 7",
    ],
)  # fmt: skip
def test_a_national_number_is_one_of_its_country(spelling: str) -> None:
    assert phone_of(spelling, _TR) == "+905001234504"


@pytest.mark.parametrize(
    ("spelling", "country", "expected"),
    [
        ("(212) 555-0104", "US", "+12125550104"),
        ("1 212 555 0104", "CA", "+12125550104"),
        ("06 12345678", "IT", "+390612345678"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("0171 1234567", "DE", "+491711234567"),
        ("98765 43210", "IN", "+919876543210"),
        ("011 90 500 123 45 04", "US", "+905001234504"),
    ],
)
def test_countries_write_numbers_their_own_way(spelling: str, country: str, expected: str) -> None:
    found = phone_of(spelling, (country,))
    # A row of the keys is a placeholder, though it could be a number.
    assert found == (None if "9876543210" in expected else expected)


def test_a_number_is_one_of_the_first_country_where_it_is_possible() -> None:
    assert phone_of("0500 123 45 04", ("US", "TR")) == "+905001234504"
    assert phone_of("212 555 01 04", ("US", "TR")) == "+12125550104"
    assert phone_of("212 555 01 04", ("TR", "US")) == "+902125550104"


def test_what_can_be_no_number_is_none() -> None:
    junk = ["", "-", "call me", "12", "+123456", "+1234567890123456", "+999123456789", "0000000000",
            "+905555555555", "1234567890", "5555555555", "9.05001E+11", "hello 05001234504",
            "0500 123", "500123450", "a5001234504"]  # fmt: skip
    assert [one for one in junk if phone_of(one, _TR) is not None] == []


def test_a_national_number_without_a_country_is_none_and_known_as_such() -> None:
    for spelling in ("500 123 45 04", "(212) 555-0104", "0171 1234567"):
        assert phone_of(spelling) is None
        assert is_national(spelling)
    assert not any(map(is_national, ("+90 500", "hello", "12")))


def test_digits_in_the_order_of_the_keys_are_a_placeholder() -> None:
    assert all(map(is_placeholder_number, ("123-456-7890", "(555) 555-5555", "0000000")))
    assert not any(map(is_placeholder_number, ("+905001234504", "500 123 45 04")))


def test_a_number_in_e164_stays_as_it_is() -> None:
    rng = random.Random(7)  # noqa: S311 - not for secrets
    codes = ["90", "1", "44", "49", "33", "39", "55", "86", "91", "971", "353", "7"]
    for _ in range(3000):
        digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(7, 11)))
        found = phone_of(f"+{rng.choice(codes)}{digits}", ("FR",))
        assert found is None or phone_of(found, ("US",)) == phone_of(found) == found
