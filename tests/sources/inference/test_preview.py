from typing import Any

from cdp_spark.sources.inference.preview import previewed_rows

_ENTRY: dict[str, Any] = {
    "event": "Order Completed",
    "columns": {"event_at": "Tarih", "amount": "Tutar", "currency": "PB"},
    "identifiers": {"email": "Posta", "device_id": "device.id"},
    "reading": {
        "decimal": ",", "times": ["d.M.yyyy[ H:mm[:ss]]"], "zone": "Europe/Istanbul",
    },
}  # fmt: skip


def test_rows_are_shown_as_they_would_come_out_without_a_personal_value() -> None:
    rows: tuple[dict[str, Any], ...] = (
        {"Tarih": "20.11.2026 13:05", "Tutar": "1.299,90 TL", "PB": "TRY", "Posta": "a@b.org"},
        {"Tarih": "21.11.2026", "Tutar": "x", "PB": "", "Posta": None, "device": {"id": "d7"}},
        {"Tarih": "soon", "Tutar": "", "Posta": ""},
        {"Tarih": "20.11.2026", "Tutar": "-,5\u202f€", "PB": "EUR"},
    )
    assert previewed_rows(rows, _ENTRY) == [
        ("derived", "2026-11-20 13:05 Europe/Istanbul", "Order Completed", "1299.90 TRY",
         "email a•••"),
        ("derived", "2026-11-21 00:00 Europe/Istanbul", "Order Completed", "unreadable",
         "device_id d•••"),
        ("derived", "missing", "Order Completed", "", "nobody"),
        ("derived", "2026-11-20 00:00 Europe/Istanbul", "Order Completed", "-0.5 EUR", "nobody"),
    ]  # fmt: skip


def test_other_notations_and_an_id_of_its_own() -> None:
    entry = {"event": "Seen", "columns": {"event_id": "id", "event_at": "at"}}
    rows = ({"id": "17", "at": "2026-11-20T10:00:00Z"}, {"at": "2026-11-20"}) * 4
    found = previewed_rows(rows, entry)
    assert len(found) == 5
    assert found[0] == ("1•••", "2026-11-20 10:00:00", "Seen", "", "nobody")
    assert found[1][0] == "missing"
    named = entry | {"columns": {"event": "what"}}
    events = [row[2] for row in previewed_rows(({"what": "Bought"}, {"what": ""}), named)]
    assert events == ["Bought", "Seen"]
    assert previewed_rows(rows, {"columns": {}})[0][1] == "at delivery"
