from cdp_spark.sources.inference.assumptions import Given, Question, Values
from cdp_spark.sources.inference.mapping import mapping_of

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
