import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from cdp_spark.reports import ReportMetrics, ReportsSettings, page_of

_DAY = date(2025, 3, 3)
_SETTINGS = ReportsSettings(title="Test & <b>", days=30, smallest_group=5)
_EMPTY = ReportMetrics(as_of=_DAY)
_WEEK = {"week_on": _DAY, "customer_count": 9}
_FULL = ReportMetrics(
    as_of=_DAY,
    tables=({"table": "gold.customer", "grain": "one customer", "row_count": 13_000},),
    steps=({"job": "ingest_events", "seconds": 1.5},),
    sources=(
        {
            "source": "<script>alert(1)</script>",
            "received": 5000,
            "accepted": 4000,
            "rejected": 900,
            "duplicate": 99,
            "is_balanced": False,
        },
    ),
    rejected_by_reason=(
        {
            "source": "shop",
            "reason": "no_event_id",
            "record_count": 900,
            "file_count": 0,
            "files": (),
        },
        {
            "source": "shop",
            "reason": "broken_archive",
            "record_count": 0,
            "file_count": 1,
            "files": ("torn.gz",),
        },
    ),
    events=({"event_on": _DAY, "event_count": 4000},),
    orders=(_WEEK | {"currency": "EUR", "order_count": 77, "net_amount": Decimal("1234.50")},),
    orders_total=({"currency": "EUR", "order_count": 77, "net_amount": Decimal("1234.50")},),
    sessions=(_WEEK | {"session_count": 200, "with_order_count": 30},),
    sessions_total=(
        {
            "session_count": 200,
            "with_order_count": 30,
            "page_count": 500,
            "duration_seconds": 24000,
        },
    ),
    people=(
        {"group": "known", "customer_count": 8000},
        {"group": "anonymous", "customer_count": 5000},
    ),
    clusters=({"identifier_count": 10, "customer_count": 13_000},),
    deciles=({"model": "churn", "decile": 1, "mean_score": 0.7, "customer_count": 800},),
    models=(
        {"model": "churn", "metric": "auc", "value": 0.81234, "baseline": 0.7, "is_champion": True},
        {"model": "clv", "metric": "mae", "value": 41.0, "baseline": None, "is_champion": False},
    ),
    segments=({"segment": "win_back", "customer_count": 312},),
    deliveries=(
        {"destination": "crm", "segment": "win_back", "outcome": "written", "customer_count": 201},
        {
            "destination": "crm",
            "segment": "win_back",
            "outcome": "no_consent",
            "customer_count": 99,
        },
        {
            "destination": "crm",
            "segment": "win_back",
            "outcome": "no_contact",
            "customer_count": None,
        },
    ),
)


class Page(HTMLParser):
    """What a browser would find in the page: tags with attributes, and text by table row."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.is_cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.is_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.is_cell = False

    def handle_data(self, data: str) -> None:
        if self.is_cell:
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {data}".strip()

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    return page_of(_FULL, _SETTINGS)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_page_runs_no_script_and_needs_nothing_from_outside(html: str, page: Page) -> None:
    assert not page.named("script")
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src", "xlink:href", "srcset", "action"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "://" not in html
    assert not re.search(r"url\((?!#)|@import", html)
    assert "default-src 'none'" in html


def test_what_comes_from_the_tables_is_shown_as_text(html: str, page: Page) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<title>Test &amp; &lt;b&gt;" in html
    assert page.rows[1][0] == "<script>alert(1)</script>"


def test_the_numbers_are_those_of_the_facts(page: Page) -> None:
    assert page.rows[1][1:5] == ["5,000", "4,000", "900", "99"]
    assert "no: 1 unaccounted for" in page.rows[1][5]
    for row in (
        ["shop", "no_event_id", "900"],
        ["shop", "broken_archive", "0", "1", "torn.gz"],
        ["EUR", "77", "1,234.50"],
        ["200", "30", "15.0 %", "2.5", "2.0"],
        ["known", "8,000"],
        ["churn", "auc", "0.8123", "0.7", "yes"],
        ["clv", "mae", "41", "—", "no"],
        ["win_back", "312"],
        ["gold.customer", "one customer", "13,000"],
    ):
        assert any(found[: len(row)] == row for found in page.rows), row
    sent = next(row for row in page.rows if row[0] == "crm")
    assert sent[2] == "201"
    assert re.sub(r"\s+", " ", sent[3]).startswith("no_consent: 99 no_contact: < 5")


def _received_note(**metrics: Any) -> str:
    page = page_of(replace(_FULL, **metrics), _SETTINGS)
    found = re.search(r"<dt>records received</dt>.*?class=\"note\">([^<]*)<", page, re.DOTALL)
    return found[1] if found else ""


def test_the_page_never_claims_that_all_is_well_where_something_was_rejected() -> None:
    balanced = {"source": "shop", "received": 10, "accepted": 9, "rejected": 1, "duplicate": 0,
                "is_balanced": True}  # fmt: skip
    clean = balanced | {"accepted": 10, "rejected": 0}
    assert _received_note() == "do not add up"
    assert _received_note(sources=(balanced,), rejected_by_reason=()) == "1 rejected"
    whole = ({"source": "shop", "reason": "empty_file", "record_count": 0, "file_count": 2,
              "files": ("a", "b")},)  # fmt: skip
    assert _received_note(sources=(clean,), rejected_by_reason=whole) == "2 files rejected whole"
    assert _received_note(sources=(clean,), rejected_by_reason=()) == "none rejected"


def test_the_page_can_be_read_without_seeing_it(page: Page) -> None:
    assert page.named("html")[0]["lang"] == "en"
    assert len(page.named("caption")) == len(page.named("table")) > 0
    assert all(one.get("scope") in ("col", "row") for one in page.named("th"))
    assert all(one["role"] == "img" and one["aria-label"] for one in page.named("svg"))
    assert len(page.named("svg")) == len(page.named("figcaption")) == 6
    ids = [str(attributes["id"]) for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    linked = {str(one["href"])[1:] for one in page.named("a")}
    labelled = {str(one["aria-labelledby"]) for one in page.named("section")}
    assert linked | labelled <= set(ids)


def test_equal_facts_give_an_equal_page(html: str) -> None:
    assert page_of(replace(_FULL), _SETTINGS) == html


def test_an_empty_lake_has_a_page_that_shows_it() -> None:
    page = page_of(_EMPTY, _SETTINGS)
    for what in ("records", "people", "models", "finished runs", "deliveries of this day"):
        assert f"No {what} yet." in page
    assert "<svg" not in page


def test_one_hidden_group_hides_the_number_of_people() -> None:
    def tile(people: tuple[dict[str, Any], ...]) -> str:
        found = re.search(
            r"<dt>people</dt><dd class=\"value\">([^<]*)<",
            page_of(ReportMetrics(_DAY, people=people), _SETTINGS),
        )
        assert found
        return found[1]

    known = {"group": "known", "customer_count": 8000}
    assert tile((known,)) == "8,000"
    assert tile((known, {"group": "anonymous", "customer_count": None})) == "&lt; 5"
