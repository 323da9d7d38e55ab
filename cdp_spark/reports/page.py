"""The page: facts and figures put into page.html."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from cdp_spark.reports import figures
from cdp_spark.reports.facts import Facts
from cdp_spark.reports.people import MOST_IDENTIFIERS, WRITTEN
from cdp_spark.reports.settings import ReportsSettings
from cdp_spark.reports.small_groups import Row


@dataclass(frozen=True)
class Tile:
    """One figure at the top of the page."""

    label: str
    value: str
    note: str = ""


def page_of(facts: Facts, settings: ReportsSettings) -> str:
    """The whole page as HTML; equal facts give equal text."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    few = f"< {settings.smallest_group}"
    environment.filters["count"] = lambda value: _count(value, few)
    environment.filters["money"] = lambda value: _money(value, few)
    environment.filters["figure"] = lambda value: _figure(value, few)
    # Not as a path: on a cluster the package may be a zip.
    source = resources.files("cdp_spark.reports").joinpath("page.html").read_text("utf-8")
    template = environment.from_string(source)
    return template.render(
        facts=facts,
        settings=settings,
        tiles=_tiles(facts, few),
        figures={name: Markup(svg) for name, svg in _figures(facts).items()},  # noqa: S704 - ours
        outcomes=_outcomes(facts.deliveries),
        most=MOST_IDENTIFIERS,
        main=_main_currency(facts),
    )


def _figures(facts: Facts) -> dict[str, str]:
    main = _main_currency(facts)
    orders = [row for row in facts.orders if row["currency"] == main]
    wanted: dict[str, tuple[Any, Callable[[], str]]] = {
        "events": (facts.events, lambda: figures.events_figure(facts.events, facts.as_of)),
        "orders": (orders, lambda: figures.orders_figure(orders, main)),
        "visits": (facts.visits, lambda: figures.visits_figure(facts.visits)),
        "clusters": (
            facts.clusters,
            lambda: figures.clusters_figure(facts.clusters, MOST_IDENTIFIERS),
        ),
        "deciles": (facts.deciles, lambda: figures.deciles_figure(facts.deciles)),
        "steps": (facts.steps, lambda: figures.steps_figure(facts.steps)),
    }
    return {name: draw() for name, (rows, draw) in wanted.items() if rows}


def _tiles(facts: Facts, few: str) -> list[Tile]:
    received = sum(row["received"] for row in facts.sources)
    accepted = sum(row["accepted"] for row in facts.sources)
    is_balanced = all(row["is_balanced"] for row in facts.sources)
    groups = {row["group"]: row["customer_count"] for row in facts.people}
    people = None if None in groups.values() else sum(groups.values())
    main = next(
        (row for row in facts.orders_total if row["currency"] == _main_currency(facts)), None
    )
    revenue = main["net_amount"] if main else 0
    visits = facts.visits_total[0]["visit_count"] if facts.visits_total else 0
    return [
        Tile(
            "records received",
            _count(received, few),
            "all accounted for" if is_balanced else "do not add up",
        ),
        Tile("events", _count(accepted, few), _share(accepted, received, "of the records")),
        Tile("people", _count(people, few), _share(groups.get("known", 0), people, "known")),
        Tile("orders", _count(main["order_count"] if main else 0, few), "in the days shown"),
        Tile(
            "net revenue",
            _count(revenue if revenue is None else round(revenue), few),
            main["currency"] if main else "",
        ),
        Tile("visits", _count(visits, few), "in the days shown"),
    ]


def _main_currency(facts: Facts) -> str:
    """The currency with the most orders; the first by name of equals."""
    ranked = sorted(
        facts.orders_total, key=lambda row: (-(row["order_count"] or 0), row["currency"])
    )
    return str(ranked[0]["currency"]) if ranked else ""


def _outcomes(deliveries: tuple[Row, ...]) -> list[Row]:
    """One row per destination: written, and the reasons with their counts."""
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


def _money(value: Decimal | None, few: str) -> str:
    return few if value is None else f"{value:,.2f}"


def _figure(value: float | None, few: str) -> str:
    return few if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004
