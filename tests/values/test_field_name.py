import unicodedata

from cdp_spark.values.field_name import looks_like_field_name


def test_names_of_any_script_are_field_names() -> None:
    names = ["user_id", "MüşteriNo", "E-Mail", "$set", "_id", "名前", "اسم", "ग्राहक", "line_12345"]
    names += [unicodedata.normalize("NFD", one) for one in names]
    assert [one for one in names if not looks_like_field_name(one)] == []
    columns = [*names, "Müşteri No", "adres.şehir"]
    assert [one for one in columns if not looks_like_field_name(one, is_column=True)] == []


def test_keys_that_may_be_values_are_not() -> None:
    values = ["ana@shop.example", "905551234567", "tel 5551234", "7", "", " ", "a" * 65, "a/b",
              "a:b", "Tel 0532 111 22 33", "DE89 3704 0044 0532 0130 00", "tel_0532_11_22",
              "tel٠٥٣٢١١"]  # fmt: skip
    assert [one for one in values if looks_like_field_name(one, is_column=True)] == []
    below = [*values, "Ana Popescu", "ana_popescu_gmail.com"]
    assert [one for one in below if looks_like_field_name(one)] == []
