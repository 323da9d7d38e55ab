from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import Column

from cdp_spark.values.moment import day_of, in_calendar, is_plausible, pattern_error, timestamp_of


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_an_instant_is_utc_where_it_has_no_zone(tried: Callable[..., list[Any]]) -> None:
    texts = ["2025-01-02T03:04:05.678Z", "2025-01-02T03:04:05+03:00", "2025-01-02 03:04",
             "2025-01-02", " 2025-1-2 "]  # fmt: skip
    found = [moment.timestamp() for moment in tried(timestamp_of, texts)]
    expected = [_utc(2025, 1, 2, 3, 4, 5, 678000), _utc(2025, 1, 2, 0, 4, 5),
                _utc(2025, 1, 2, 3, 4), _utc(2025, 1, 2), _utc(2025, 1, 2)]  # fmt: skip
    assert found == [moment.timestamp() for moment in expected]


def test_a_text_that_names_no_day_names_no_instant(tried: Callable[..., list[Any]]) -> None:
    """Spark would take a time alone as one of today: another answer each day."""
    texts = [None, "", "12:30", "T12:30:00", "2025", "2025-01", "yesterday", "now", "today",
             "20250102", "2025-02-30", "2025-01-02T25:00:00Z", "NaN"]  # fmt: skip
    assert tried(timestamp_of, texts) == [None] * len(texts)


def test_a_pattern_that_spark_can_not_read_has_an_error() -> None:
    good = ["d.M.yyyy", "d.M.yyyy[ H:mm[:ss]]", "M/d/yyyy h:mm a", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "d-MMM-yy"]  # fmt: skip
    assert [one for one in good if pattern_error(one)] == []
    bad = ["", "H:mm", "yyyy", "dd.mm.yyyy", "d.M.yyyy [H:mm", "d.M.yyyy]H:mm[", "YYYY-MM-dd",
           "d.M.y h:mm", "d.M.yyyy a", "EEE d.M.yyyy", "d.M.yyyy 'at", "%d.%m.%Y", "ddd.M.yyyy",
           "uuuu-M-d", "d.M.yyyyOO"]  # fmt: skip
    assert [one for one in bad if not pattern_error(one)] == []


def test_plausible_is_what_lies_in_this_century(tried: Callable[..., list[Any]]) -> None:
    def rule(text: Column) -> Column:
        return is_plausible(timestamp_of(text))

    texts = ["1999-12-31T23:59:59.999999Z", "2000-01-01T00:00:00Z", "2099-12-31T23:59:59.999999Z",
             "2100-01-01T00:00:00Z", "20000-01-01T00:00:00Z", "-2025-01-01T00:00:00Z",
             "x"]  # fmt: skip
    assert tried(rule, texts) == [False, True, True, False, False, False, None]


def test_days_and_spans_keep_to_years_of_four_digits(tried: Callable[..., list[Any]]) -> None:
    texts = [
        "1985-06-15",
        "0001-01-01",
        "9999-12-30T23:59:59Z",
        "20000-01-01",
        "-100-01-01",
        "1985",
    ]
    assert tried(day_of, texts) == [
        date(1985, 6, 15), date(1, 1, 1), date(9999, 12, 30), None, None, None
    ]  # fmt: skip

    def span(text: Column) -> Column:
        return (in_calendar(timestamp_of(text)) - in_calendar(timestamp_of(text))).isNull()

    assert tried(span, ["2025-01-01", "290000-01-01", "-290000-01-01"]) == [False, True, True]


def test_times_of_other_standards_are_read(tried: Callable[..., list[Any]]) -> None:
    """RFC 3339 in lower case, a decimal comma, basic format, RFC 1123, epochs of each unit."""
    at = datetime(2026, 11, 20, 10, 0)  # noqa: DTZ001 - Spark gives instants without zone
    texts = ["2026-11-20t10:00:00z", "2026-11-20T10:00:00,000Z", "20261120T100000Z",
             "2026-11-20T13:00:00+0300", "Fri, 20 Nov 2026 10:00:00 GMT",
             "20 Nov 2026 13:00 +0300", "1795168800", "1795168800000", "1795168800000000",
             "1795168800000000000", "1795168800.0"]  # fmt: skip
    assert tried(timestamp_of, texts) == [at] * len(texts)
