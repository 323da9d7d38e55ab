import json

from cdp_spark.commands.shared.examples import masked

_RAW = b'{"messageId": "m7", "email": "ana@shop.example"'


def test_values_of_an_example_are_masked_and_its_keys_are_not() -> None:
    assert masked(_RAW) == '{"messageId": "x9", "email": "xxx@xxxx.xxxxxxx"'
    assert masked("7;Şule;\x80".encode("latin-1", "replace")) == "9;?xxx;�"
    assert masked("{अनीता".encode()) == "{xxxxx"
    assert masked(None) == ""


def test_names_of_fields_of_any_script_are_shown() -> None:
    row = {"Müşteri No": "A7", "名前": "花子", "adres": {"İl": "Şile"}}
    shown = '{"Müşteri No": "x9", "名前": "xx", "adres": {"İl": "xxxx"}}'
    assert masked(json.dumps(row, ensure_ascii=False).encode()) == shown
    assert masked(json.dumps(row).encode()) == shown


def test_other_keys_are_shown_only_where_the_settings_name_them() -> None:
    row = b'{"Datum (UTC)": "2025", "ana@shop.example": 1, "905551234567": 2}'
    assert masked(row) == '{"xxxxx (xxx)": "9999", "xxx@xxxx.xxxxxxx": 9, "999999999999": 9}'
    assert masked(row, frozenset({"Datum (UTC)"})).startswith('{"Datum (UTC)": "9999", "xxx@')


def test_a_quoted_value_before_a_colon_is_masked() -> None:
    assert masked(b'{"note": "from "Ana Kaya": hello"}') == '{"note": "xxxx "xxx xxxx": xxxxx"}'
    assert masked(b'7;"Ana Kaya": x') == '9;"xxx xxxx": x'


def test_keys_of_maps_and_quoted_texts_with_a_blank_are_masked() -> None:
    contacts = {"Tel 0532 111 22 33": 1, "Ana Popescu": 2, "ana_popescu_gmail.com": 3, "note": 4}
    row = {"Müşteri No": 7, "contacts": contacts, "First Name": {"First Name": "Ana"}}
    assert json.loads(masked(json.dumps(row).encode())) == {
        "Müşteri No": 9,
        "contacts": {"xxx 9999 999 99 99": 9, "xxx xxxxxxx": 9,
                     "xxx_xxxxxxx_xxxxx.xxx": 9, "note": 9},
        "First Name": {"First Name": "xxx"},
    }  # fmt: skip
    assert masked(b'note, "Ana Popescu": 3') == 'xxxx, "xxx xxxxxxx": 9'
    assert masked(b'{"contacts": {"Ana Popescu": 3') == '{"contacts": {"xxx xxxxxxx": 9'
