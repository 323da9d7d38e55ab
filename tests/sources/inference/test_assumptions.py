from cdp_spark.sources.inference.mapping import mapping_of
from cdp_spark.sources.inference.questions import Given, Question, Values

_VALUES: Values = {
    "ticket": ["1", "2", "3"],
    "starts": ["01/02/2026 10:00", "02/03/2026 10:00", "03/04/2026 10:00"],
    "ends": ["01/02/2026 11:00", "02/03/2026 11:00", "03/04/2026 11:00"],
    "total": ["1.50", "2.50", "2.50"],
    "tel": ["0500 111 22 01", "0500 111 22 02", "0500 111 22 03"],
}


def _answers(**given: str) -> tuple[Given, list[Question]]:
    asked: list[Question] = []

    def ask(question: Question) -> str:
        asked.append(question)
        return given.get(question.setting.replace(".", "_"), question.default)

    return Given(ask=ask), asked


def test_all_that_is_open_is_asked_and_answers_become_settings() -> None:
    given, asked = _answers(
        event="Ticket Opened", event_at="starts", event_id="ticket", country="TR", currency="TRY",
        reading_times="M/d/yyyy[ H:mm[:ss]]", reading_zone="Asia/Tokyo",
    )  # fmt: skip
    found = mapping_of(_VALUES, "tickets", given)
    assert [one.setting for one in asked] == [
        "event", "event_at", "event_id", "country", "currency", "reading.times",
    ]  # fmt: skip
    assert found.unsure == []
    assert found.event == ("Ticket Opened", "as answered")
    assert found.columns["event_at"] == ("starts", "as answered")
    assert found.columns["event_id"] == ("ticket", "as answered")
    assert found.country == ("TR", "as answered")
    assert found.currency == ("TRY", "as answered")
    assert found.reading["times"][0] == ("M/d/yyyy[ H:mm[:ss]]",)
    # The answered country has one zone, so that it needs no question.
    assert found.reading["zone"][0] == "Europe/Istanbul"


def test_defaults_are_those_of_a_proposal_without_answers() -> None:
    given, asked = _answers()
    found, assumed = mapping_of(_VALUES, "tickets", given), mapping_of(_VALUES, "tickets")
    assert (found.columns, found.reading.keys()) == (assumed.columns, assumed.reading.keys())
    assert found.event[0] == assumed.event[0] == "Tickets"
    # The event is named in any case, so a name that is assumed is no doubt.
    assert [one.split(":")[0] for one in assumed.unsure] == [
        "event_at", "event_id", "country", "currency",
    ]  # fmt: skip
    assert {one.setting for one in asked} > {"event_at", "event_id", "country", "currency"}


def test_the_project_answers_what_it_knows() -> None:
    ask, asked = _answers()
    found = mapping_of(_VALUES, "t", Given("TR", "TRY", ask=ask.ask))
    defaults = {one.setting: one.default for one in asked}
    assert (defaults["currency"], "country" in defaults) == ("TRY", False)
    assert found.country == ("TR", "the project's, and national numbers are valid there")
    # Numbers that are invalid in the project's country are another one's.
    american = {"tel": ["650 253 0000", "650 253 0001"]}
    assert mapping_of(american, "t", Given("TR")).country != found.country
    values = {"at": ["2026-01-02 10:00:00", "2026-01-03 10:00:00"]}
    found = mapping_of(values, "t", Given(zone="Asia/Tokyo"))
    assert found.reading["zone"][0] == "Asia/Tokyo"
    # A file of another country than the project's is in that country's zone, and that is a doubt.
    turkish = {"Tarih": ["20.11.2026 10:00"], "Tutar": ["1,5"], "Telefon": ["0500 111 22 01"]}
    found = mapping_of(turkish, "t", Given(zone="Asia/Tokyo"))
    assert found.reading["zone"][0] == "Europe/Istanbul"
    assert "the project's is Asia/Tokyo" in " ".join(found.unsure)


def test_amounts_with_their_currency_beside_them_leave_nothing_open() -> None:
    values = {"id": ["1", "2"], "total": ["1,50 €", "2,50 €"]}
    assert not [one for one in mapping_of(values).unsure if one.startswith("currency")]


def test_numbers_of_customers_are_no_times_and_epochs_only_a_question() -> None:
    numbers = [str(1_000_000_001 + n) for n in range(30)]
    assert "event_at" not in mapping_of({"customer_id": numbers, "total": ["1.5"] * 30}).columns
    found = mapping_of({"entry": numbers, "total": ["1.5"] * 30})
    assert "event_at" not in found.columns
    assert "entry may be one" in next(one for one in found.unsure if one.startswith("event_at"))
    given, asked = _answers(event_at="entry")
    assert mapping_of({"entry": numbers}, "t", given).columns["event_at"][0] == "entry"
    assert next(one.default for one in asked if one.setting == "event_at") == ""


def test_the_key_of_a_row_is_in_nearly_every_row_and_no_address() -> None:
    orders = [f"A{n}" for n in range(24)]
    values = {"order_no": orders, "transaction_id": [f"t{n}" for n in range(8)]}
    assert mapping_of(values).columns["event_id"][0] == "order_no"
    assert mapping_of({"house_number": orders, "line_no": orders}).columns.keys() == set()
    assert "event_id" not in mapping_of({"card_code": orders[:3]}).columns


def test_a_guessed_country_is_not_written_and_its_zone_is_a_doubt() -> None:
    values = {
        "mobile": ["01512 3456789", "01512 3456780", "0171 2345678"],
        "ordered_at": ["2026-01-02 10:00:00"] * 3,
    }
    found = mapping_of(values)
    assert (found.country, "zone" in found.reading) == (None, False)
    turkish = {"Tarih": ["20.11.2026 10:00"], "Tutar": ["1,5"], "Telefon": ["0500 111 22 01"]}
    found = mapping_of(turkish)
    assert found.reading["zone"][0] == "Europe/Istanbul"
    assert "the country is a guess" in next(one for one in found.unsure if "zone" in one)
    given, _ = _answers(reading_zone="", country="")
    assert "zone" not in mapping_of(turkish, "t", given).reading


def test_a_sign_that_may_separate_decimals_or_thousands_is_asked() -> None:
    values = {"total": ["10.000", "250.000"]}
    found = mapping_of(values)
    assert found.reading["decimal"][0] == ","
    assert any(one.startswith("reading.decimal") for one in found.unsure)
    given, _ = _answers(reading_decimal=".")
    assert mapping_of(values, "t", given).reading["decimal"] == (".", "as answered")
    # Amounts of Kuwait have three decimals.
    assert mapping_of(values, "t", Given(currency="KWD")).reading["decimal"][0] == "."
    assert mapping_of({"total": ["1,299", "12.50"]}).reading["decimal"][0] == "."
