"""The page: metrics and figures rendered into page.html."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from cdp_spark.reports import figures
from cdp_spark.reports.facts import ReportMetrics
from cdp_spark.reports.people import MOST_IDENTIFIERS, WRITTEN
from cdp_spark.reports.settings import ReportsSettings
from cdp_spark.reports.small_groups import Row

_HIDDEN = "hidden"  # an amount of too few persons


@dataclass(frozen=True)
class Tile:
    """One figure at the top of the page."""

    label: str
    value: str
    note: str = ""


def page_of(metrics: ReportMetrics, settings: ReportsSettings) -> str:
    """The whole page as HTML; equal metrics give equal text."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    few = f"< {settings.smallest_group}"
    environment.filters["count"] = lambda value: _count(value, few)
    environment.filters["money"] = _money
    environment.filters["figure"] = lambda value: _figure(value, few)
    # Not as a path: on a cluster the package may be a zip.
    source = resources.files("cdp_spark.reports").joinpath("page.html").read_text("utf-8")
    template = environment.from_string(source)
    return template.render(
        metrics=metrics,
        settings=settings,
        tiles=_tiles(metrics, few),
        figures={name: Markup(svg) for name, svg in _figures(metrics).items()},  # noqa: S704 - ours
        outcomes=_outcomes(metrics.deliveries),
        most=MOST_IDENTIFIERS,
        main=_main_currency(metrics),
    )


def _figures(metrics: ReportMetrics) -> dict[str, str]:
    main = _main_currency(metrics)
    orders = [row for row in metrics.orders if row["currency"] == main]
    wanted: dict[str, tuple[Any, Callable[[], str]]] = {
        "events": (metrics.events, lambda: figures.events_figure(metrics.events, metrics.as_of)),
        "orders": (orders, lambda: figures.orders_figure(orders, main)),
        "sessions": (metrics.sessions, lambda: figures.sessions_figure(metrics.sessions)),
        "clusters": (
            metrics.clusters,
            lambda: figures.clusters_figure(metrics.clusters, MOST_IDENTIFIERS),
        ),
        "deciles": (metrics.deciles, lambda: figures.deciles_figure(metrics.deciles)),
        "steps": (metrics.steps, lambda: figures.steps_figure(metrics.steps)),
    }
    return {name: draw() for name, (rows, draw) in wanted.items() if rows}


def _tiles(metrics: ReportMetrics, few: str) -> list[Tile]:
    received = sum(row["received"] for row in metrics.sources)
    accepted = sum(row["accepted"] for row in metrics.sources)
    groups = {row["group"]: row["customer_count"] for row in metrics.people}
    people = None if None in groups.values() else sum(groups.values())
    main = next(
        (row for row in metrics.orders_total if row["currency"] == _main_currency(metrics)), None
    )
    revenue = main["net_amount"] if main else 0
    sessions = metrics.sessions_total[0]["session_count"] if metrics.sessions_total else 0
    return [
        Tile("records received", _count(received, few), _losses(metrics)),
        Tile("events", _count(accepted, few), _share(accepted, received, "of the records")),
        Tile("people", _count(people, few), _share(groups.get("known", 0), people, "known")),
        Tile("orders", _count(main["order_count"] if main else 0, few), "in the days shown"),
        Tile(
            "net revenue",
            _HIDDEN if revenue is None else f"{round(revenue):,}",
            main["currency"] if main else "",
        ),
        Tile("sessions", _count(sessions, few), "in the days shown"),
    ]


def _losses(metrics: ReportMetrics) -> str:
    """What became of the records that are no events, in a few words."""
    if not all(row["is_balanced"] for row in metrics.sources):
        return "do not add up"
    rejected = sum(row["rejected"] for row in metrics.sources)
    files = sum(row["file_count"] for row in metrics.rejected_by_reason)
    counts = {"rejected": rejected, "files rejected whole": files}
    found = [f"{count:,} {words}" for words, count in counts.items() if count]
    return ", ".join(found) or "none rejected"


def _main_currency(metrics: ReportMetrics) -> str:
    """The currency with the most orders; of equals the first by name."""
    ranked = sorted(
        metrics.orders_total, key=lambda row: (-(row["order_count"] or 0), row["currency"])
    )
    return str(ranked[0]["currency"]) if ranked else ""


def _outcomes(deliveries: tuple[Row, ...]) -> list[Row]:
    """One row per destination: members written, and counts of the others by reason."""
    names = dict.fromkeys((row["destination"], row["segment"]) for row in deliveries)
    found = []
    for destination, segment in names:
        own = [row for row in deliveries if row["destination"] == destination]
        sent = [row["customer_count"] for row in own if row["outcome"] == WRITTEN]
        held = [row for row in own if row["outcome"] != WRITTEN]
        found.append(
            {
                "destination": destination,
                "segment": segment,
                "written": sent[0] if sent else 0,
                "held": held,
            }
        )
    return found


def _share(part: int | None, whole: int | None, of: str) -> str:
    return f"{part / whole:.1%} {of}" if part is not None and whole else ""


def _count(value: int | None, few: str) -> str:
    return few if value is None else f"{value:,}"


def _money(value: Decimal | None) -> str:
    return _HIDDEN if value is None else f"{value:,.2f}"


def _figure(value: float | None, few: str) -> str:
    return few if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004
