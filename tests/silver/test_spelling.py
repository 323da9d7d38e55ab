from cdp_spark.silver.spelling import KnownSpellings
from tests.silver.spellings import spellings


def test_a_national_number_has_one_spelling_per_country() -> None:
    known = KnownSpellings(spellings("TR", {"shop": "GB"}))
    assert known.countries("web", None) == ("TR",)
    assert known.countries("shop", "United States") == ("US", "GB")
    assert known.countries("shop", "Earth") == ("GB",)
    assert known.contact("phone", "020 7946 0018", ("GB",)) == ("+442079460018", "")
    assert known.contact("phone", "0500 123 45 04", ("TR",)) == ("+905001234504", "")
    assert known.has_country("phone")
    assert not known.has_country("email")


def test_a_kind_without_rule_is_no_identifier_and_a_placeholder_names_its_field() -> None:
    known = KnownSpellings(spellings())
    assert known.identifier("shoe_size", "42", ()) == (None, "")
    assert known.contact("email", "{{email}}", ()) == (None, "placeholder_email")
    assert known.contact("email", "n/a", ()) == (None, "")


def test_what_is_remembered_is_bounded() -> None:
    known = KnownSpellings(spellings())
    known.values = {("user_id", str(one), ()): (None, "") for one in range((1 << 18) + 1)}
    known.forget()
    assert not known.values
