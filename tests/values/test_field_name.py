import unicodedata

from cdp_spark.values.field_name import looks_like_field_name


def test_names_of_any_script_are_field_names() -> None:
    names = [
        "user_id",
        "Müşteri No",
        "E-Mail",
        "$set",
        "_id",
        "adres.şehir",
        "名前",
        "اسم",
        "ग्राहक",
    ]
    names += [unicodedata.normalize("NFD", one) for one in names]
    assert [one for one in names if not looks_like_field_name(one)] == []


def test_keys_that_may_be_values_are_not() -> None:
    values = [
        "ana@shop.example",
        "905551234567",
        "tel 5551234",
        "7",
        "",
        " ",
        "a" * 65,
        "a/b",
        "a:b",
    ]
    assert [one for one in values if looks_like_field_name(one)] == []
