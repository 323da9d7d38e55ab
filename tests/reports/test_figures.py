import re
from datetime import date, timedelta
from decimal import Decimal

from cdp_spark.reports import figures

_DAY = date(2025, 3, 31)
_STEPS = [{"job": "a <b> $x$ & c", "seconds": 1.5}, {"job": "d", "seconds": 2.0}]


def test_equal_rows_give_equal_figures() -> None:
    assert figures.steps_figure(_STEPS) == figures.steps_figure(_STEPS)


def test_a_figure_is_labelled_and_needs_nothing_from_outside() -> None:
    svg = figures.steps_figure(_STEPS)
    assert svg.startswith("<svg viewBox=")
    assert 'role="img" aria-label="Seconds of each step"' in svg
    assert "http" not in svg
    assert "<metadata" not in svg
    assert "<script" not in svg


def test_a_name_is_drawn_as_it_is_written() -> None:
    svg = figures.steps_figure(_STEPS)
    assert "a &lt;b&gt; $x$ &amp; c" in svg


def test_ids_of_two_figures_on_a_page_differ_and_lead_to_each_other() -> None:
    events = [{"event_on": _DAY, "event_count": 3}]
    both = [figures.steps_figure(_STEPS), figures.events_figure(events, _DAY)]
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in both]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, own in zip(both, ids, strict=True):
        used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)
        assert {one or other for one, other in used} <= own


def test_a_day_without_events_is_drawn_at_zero() -> None:
    gap = [{"event_on": _DAY - timedelta(days=2), "event_count": 5}]
    whole = [{"event_on": _DAY - timedelta(days=n), "event_count": 5} for n in (2, 1, 0)]
    filled = gap + [{"event_on": _DAY - timedelta(days=n), "event_count": 0} for n in (1, 0)]
    assert figures.events_figure(gap, _DAY) == figures.events_figure(filled, _DAY)
    assert figures.events_figure(gap, _DAY) != figures.events_figure(whole, _DAY)


def test_hidden_cells_draw_nothing_and_say_so() -> None:
    clusters: list[dict[str, object]] = [
        {"identifier_count": 1, "customer_count": 1234},
        {"identifier_count": 10, "customer_count": None},
    ]
    svg = figures.clusters_figure(clusters, 10)
    assert ">1,234<" in svg
    assert ">hidden<" in svg
    assert ">10+<" in svg
    week = {"week_on": _DAY, "order_count": None, "net_amount": None}
    assert "<svg" in figures.orders_figure([week], "EUR")
    full = {"week_on": _DAY, "order_count": 7, "net_amount": Decimal("7.50")}
    assert figures.orders_figure([week], "EUR") != figures.orders_figure([full], "EUR")


def test_each_model_has_its_panel() -> None:
    deciles = [{"model": name, "decile": 1, "mean_score": 0.5} for name in ("churn", "clv")]
    svg = figures.deciles_figure(deciles)
    assert ">churn<" in svg
    assert ">clv<" in svg


def test_visits_show_those_with_an_order() -> None:
    sessions = [{"week_on": _DAY, "session_count": 9, "with_order_count": 2}]
    assert ">with an order<" in figures.sessions_figure(sessions)
