import json
from collections.abc import Callable
from datetime import date
from typing import Any

from pyspark.sql import Row

from cdp_spark.sources import known_formats
from cdp_spark.sources.settings import SourceSettings
from tests.sources.formats.outcomes import outcome

Parsed = Callable[..., list[Row]]
_PROFILES = SourceSettings(name="profiles", format="unomi", path="landing/profiles")
_FIRST, _SECOND = "18eb6b5c-9d2a-4a11-9a6f-1f2e3d4c5b6a", "f7d1f1b9-4415-4ff1-8fee-407b109364f7"
_PROFILE = {"itemId": "p1", "systemProperties": {"lastUpdated": "2025-01-10T00:00:00Z"}}


def _odd(values: list[Any]) -> list[Any]:
    return values


def _results(parsed: Parsed, *changes: dict[str, Any]) -> list[Row]:
    return parsed(_PROFILES, *[json.dumps(_PROFILE | change) for change in changes])


def _people(row: Row) -> list[tuple[str, str]]:
    return [(one["kind"], one["value"]) for one in row["identifiers"]]


def test_its_files_are_lines() -> None:
    assert known_formats()["unomi"].layout == "lines"


def test_profiles_have_all_columns(
    parsed: Parsed, sample_lines: Callable[[str], list[str]]
) -> None:
    results = parsed(_PROFILES, *sample_lines("unomi.jsonl"))
    full, bare = results
    names = ("reason", "event_id", "type", "name", "event_at", "available_at")
    assert [tuple(row[name] for name in names) for row in results] == [
        (None, f"{_FIRST}:2025-01-10T09:15:02Z", "identify", "identify",
         *["2025-01-10 09:15:02"] * 2),
        (None, f"{_SECOND}:2025-01-09T10:00:00.250Z", "identify", "identify",
         *["2025-01-09 10:00:00.25"] * 2),
    ]  # fmt: skip
    person = ("email", "phone", "first_name", "last_name", "birth_on", "city", "country")
    assert tuple(full[name] for name in person) == (
        "maria@mail.example.org", "+351910000001", "Maria", "Silva", date(1985, 6, 15), "Porto",
        "Portugal",
    )  # fmt: skip
    assert full["consent"] == {"newsletter": False, "analytics": False, "survey": False}
    assert (bare["consent"], bare["email"]) == (None, None)
    assert [_people(row) for row in results] == [
        [
            ("anonymous_id", _FIRST),
            ("anonymous_id", _SECOND),
            ("email", "maria@mail.example.org"),
            ("phone", "+351910000001"),
        ],
        [("anonymous_id", _SECOND)],
    ]
    assert json.loads(full["traits"])["nbOfVisits"] == 3
    assert json.loads(full["context"])["scores"] == {"interest": 12}


def test_consents_are_valid_until_they_are_revoked(parsed: Parsed) -> None:
    def given(status: Any, revoked: Any = None) -> dict[str, Any]:
        return {"typeIdentifier": "news", "status": status, "revokeDate": revoked}

    consents: list[Any] = [
        {"a/news": given("GRANTED")},
        {"a/news": given("granted", "2025-01-11")},
        {"a/news": given("GRANTED", "2025-01-10T00:00:00Z")},
        {"a/news": given("GRANTED"), "b/news": given("GRANTED")},
        {"a/news": given("GRANTED"), "b/news": given("DENIED")},
        {"a/news": given("REVOKED")},
        {"news": {"status": "GRANTED"}},
        {"a/news": given("PENDING"), "b": None, "c": 7},
        {"a/news": given({"a": 1}, {"a": 1})},
        "GRANTED",
    ]
    results = _results(parsed, *[{"consents": one} for one in consents])
    expected = [True, True, False, True, False, False, True, None, None, None]
    assert [row["consent"] and row["consent"]["news"] for row in results] == expected
    assert {row["reason"] for row in results} == {None}


def test_profiles_that_are_no_event_say_why(parsed: Parsed) -> None:
    missing = ("missing_id", "itemId or profileId")
    field = "systemProperties.lastUpdated"
    cases: list[tuple[dict[str, Any], Any]] = [
        *[({"itemId": odd}, missing) for odd in _odd([None, "", {"a": 1}, ["x"]])],
        ({"itemId": None, "profileId": "p2"}, (None, None)),
        ({"systemProperties": None}, ("missing_time", field)),
        ({"systemProperties": "x"}, ("missing_time", field)),
        *[
            ({"systemProperties": {"lastUpdated": odd}}, ("unreadable_time", field))
            for odd in _odd(["", "noon", {}, "2025-02-30"])
        ],
        ({"systemProperties": {"lastUpdated": 1736500500000}}, (None, None)),
        ({"systemProperties": {"lastUpdated": "20000-01-01T00:00:00Z"}}, (None, None)),
        *[
            ({"systemProperties": {"lastUpdated": odd}}, ("time_out_of_range", field))
            for odd in _odd(["1999-12-31T23:59:59Z"])
        ],
        ({"properties": [1], "mergedWith": {"a": 1}, "segments": "x"}, (None, None)),
        ({"properties": {"email": {"a": 1}, "birthDate": "1985", "city": ["x"]}}, (None, None)),
    ]
    results = _results(parsed, *[change for change, _ in cases])
    assert [outcome(row) for row in results] == [expected for _, expected in cases]
    assert [_people(row) for row in results[-2:]] == [[("anonymous_id", "p1")]] * 2
    assert (results[-1]["email"], results[-1]["birth_on"], results[-1]["city"]) == (
        None,
        None,
        None,
    )
