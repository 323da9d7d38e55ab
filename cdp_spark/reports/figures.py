"""Figures of the page: small rows drawn as self-contained inline SVG.

Decided: text stays text (readable by screen readers, searchable, small); ids are prefixed with the
figure's name because several figures share a page; no date or version is written into the SVG, so
equal rows give equal bytes.
"""

import io
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cdp_spark.reports.small_groups import Row

BLUE, ORANGE, GREY, INK = "#2b6cb0", "#c05621", "#cbd5e0", "#4a5568"
_WIDTH = 9.0
_STYLE: Any = {
    "svg.hashsalt": "cdp",
    "svg.fonttype": "none",
    "text.parse_math": False,  # a `$` in a name is a `$`
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#edf2f7",
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
}
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def events_figure(events: Sequence[Row], as_of: date) -> str:
    """Events per day before the day of the run, as a filled line; zero for days without events."""
    counts = {row["event_on"]: row["event_count"] for row in events}
    first = min(counts)
    days = [first + timedelta(days=number) for number in range((as_of - first).days)]
    values = [counts.get(day, 0) for day in days]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.fill_between(days, values, color=BLUE, alpha=0.15, linewidth=0)
        axes.plot(days, values, color=BLUE, linewidth=1.4)
        _over_time(axes, "events")

    return _drawn("events", "Events per day", draw, height=2.4)


def orders_figure(orders: Sequence[Row], currency: str) -> str:
    """Orders and net revenue per week in one currency, one above the other; hidden weeks blank."""
    weeks = [row["week_on"] for row in orders]

    def draw(figure: Figure) -> None:
        above, below = figure.subplots(2, sharex=True)
        above.bar(weeks, [row["order_count"] or 0 for row in orders], width=5.5, color=BLUE)
        _over_time(above, "orders")
        below.bar(weeks, [float(row["net_amount"] or 0) for row in orders], width=5.5, color=ORANGE)
        _over_time(below, f"net revenue {currency}".strip())

    return _drawn("orders", "Orders and net revenue per week", draw, height=3.6)


def sessions_figure(sessions: Sequence[Row]) -> str:
    """Sessions per week, and those with an order; hidden weeks blank."""
    weeks = [row["week_on"] for row in sessions]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        every = [row["session_count"] or 0 for row in sessions]
        bought = [row["with_order_count"] or 0 for row in sessions]
        axes.bar(weeks, every, width=5.5, color=GREY, label="sessions")
        axes.bar(weeks, bought, width=5.5, color=BLUE, label="with an order")
        axes.legend(frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
        _over_time(axes, "sessions")

    return _drawn("sessions", "Sessions per week, and sessions with an order", draw, height=2.4)


def clusters_figure(clusters: Sequence[Row], most: int) -> str:
    """People by the number of identifiers linked to them; the last bar is `most` or more."""
    sizes = [row["identifier_count"] for row in clusters]
    counts = [row["customer_count"] or 0 for row in clusters]
    names = [f"{size}+" if size == most else f"{size}" for size in sizes]
    labels = ["hidden" if row["customer_count"] is None else "" for row in clusters]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        bars = axes.bar(names, counts, color=BLUE, width=0.7)
        axes.bar_label(
            bars,
            [text or f"{count:,}" for text, count in zip(labels, counts, strict=True)],
            padding=2,
            color=INK,
            fontsize=9,
        )
        axes.set_xlabel("identifiers of one person")
        axes.yaxis.set_visible(False)
        axes.spines["left"].set_visible(False)
        axes.margins(y=0.15)

    return _drawn("clusters", "People by number of identifiers", draw, height=2.4)


def deciles_figure(deciles: Sequence[Row]) -> str:
    """Mean score per decile, one panel per model."""
    models = sorted({row["model"] for row in deciles})

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(models), squeeze=False)[0]
        for axes, model in zip(panels, models, strict=True):
            rows = [row for row in deciles if row["model"] == model]
            means = [row["mean_score"] or 0 for row in rows]
            axes.bar([row["decile"] for row in rows], means, color=BLUE, width=0.7)
            axes.set_title(model)
            axes.set_xlabel("decile (1 highest)")
            axes.set_xticks(range(1, 11))
            axes.yaxis.set_major_locator(MaxNLocator(4))

    return _drawn("deciles", "Mean score by decile of each model", draw, height=2.5)


def steps_figure(steps: Sequence[Row]) -> str:
    """Seconds of each step's latest run, in the order they ran."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        bars = axes.barh([row["job"] for row in steps], [row["seconds"] for row in steps])
        for bar in bars:
            bar.set_color(BLUE)
        axes.bar_label(bars, fmt="{:,.1f} s", padding=3, color=INK, fontsize=9)
        axes.invert_yaxis()
        axes.grid(visible=False)
        axes.xaxis.set_visible(False)
        axes.spines["bottom"].set_visible(False)
        axes.margins(x=0.1)

    return _drawn("steps", "Seconds of each step", draw, height=0.6 + 0.26 * len(steps))


def _over_time(axes: Axes, title: str) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    )
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    axes.set_title(title)


def _drawn(name: str, label: str, draw: Callable[[Figure], None], *, height: float) -> str:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        draw(figure)
        written = io.StringIO()
        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(written, metadata=_NO_METADATA)  # type: ignore[no-untyped-call]
    return _inline(written.getvalue(), name, label)


def _inline(svg: str, name: str, label: str) -> str:
    """The SVG as part of a page: no prolog, namespace or size, own ids, and a label."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"\bxlink:href=", "href=", body)
    body = re.sub(r'(\bid="|\bhref="#|url\(#)', rf"\1{name}-", body)
    view = re.search(r'viewBox="([^"]+)"', body)
    size = view[1] if view else "0 0 100 100"
    opening = f'<svg viewBox="{size}" role="img" aria-label="{escape(label, quote=True)}">'
    return re.sub(r"<svg[^>]*>", opening, body, count=1).strip()
