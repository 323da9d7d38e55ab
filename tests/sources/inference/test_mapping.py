from cdp_spark.sources.inference.mapping import mapping_of


def test_what_is_unsure_is_named() -> None:
    values = {
        "created": ["2026-01-02 10:00:00", "2026-01-03 10:00:00"],
        "total": ["1.50", "2.50"],
        "tel": ["0500 111 22 01", "0500 111 22 02"],
    }
    found = mapping_of(values)
    assert found.country is None
    assert [sentence.split(":")[0] for sentence in found.unsure] == [
        "event_id", "country", "currency", "reading.zone",
    ]  # fmt: skip


def test_a_column_of_event_names_names_the_events() -> None:
    values = {
        "id": ["1", "2", "3"],
        "eventName": ["view", "view", "buy"],
        "event_id": ["7", "8", "9"],
    }
    found = mapping_of(values, "web")
    assert found.columns["event"][0] == "eventName"
    assert found.event == ("Web", "of rows whose column names none")
    texts = {"id": ["1"], "event": [f"something else {n}" for n in range(60)]}
    assert "event" not in mapping_of(texts, "web").columns


def test_two_columns_of_times_are_not_guessed_between() -> None:
    values = {"a": ["2026-01-02", "2026-01-03"], "b": ["2026-01-02", "2026-01-04"]}
    found = mapping_of(values)
    assert "event_at" not in found.columns
    assert "event_at: no column is the time of the event: a, b are times" in found.unsure[0]


def test_a_person_is_no_key_of_a_row_and_consent_is_found() -> None:
    values = {
        "customer_no": ["7", "8"],
        "order_id": ["1", "2"],
        "Newsletter": ["ja", "nein"],
        "KDV toplam": ["1.00", "2.00"],
        "toplam": ["10.00", "20.00"],
    }
    found = mapping_of(values)
    assert found.identifiers["user_id"][0] == "customer_no"
    assert found.columns["event_id"][0] == "order_id"
    assert found.columns["amount"][0] == "toplam"
    assert found.consent["marketing"][0] == "Newsletter"
