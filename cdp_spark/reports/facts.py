"""The metrics of the page, as small rows, with small groups of people hidden."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame

from cdp_spark.reports import flow, people, trends
from cdp_spark.reports.settings import ReportsSettings
from cdp_spark.reports.small_groups import Cells, Row, small_groups_hidden
from cdp_spark.tables import Table
from cdp_spark.tables.audience import CONSENT, DELIVERY, MEMBERSHIP
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.features import LABEL, TRAIT
from cdp_spark.tables.gold import ACTIVITY, CUSTOMER, ORDER, SCORE, SESSION
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINEAGE, LINK
from cdp_spark.tables.ops import RUN
from cdp_spark.tables.silver import DUPLICATE, EVENT, REJECTED, SIGHTING

# In the order of the path of an event.
REPORTED: tuple[Table, ...] = (
    *(FILE, RECORD, EVENT, SIGHTING, REJECTED, DUPLICATE),
    *(IDENTIFIER, EDGE, LINK, LINEAGE),
    *(CUSTOMER, ACTIVITY, SESSION, ORDER, TRAIT, LABEL, SCORE),
    *(MEMBERSHIP, DELIVERY, CONSENT, RUN),
)

Rows = tuple[Row, ...]

_ORDERS = Cells(("order_count", "net_amount"), within=("currency",))
_SESSIONS = Cells(("session_count", "with_order_count", "page_count", "duration_seconds"))
_OUTCOMES = Cells((), within=("destination",))
_DECILES = Cells(("mean_score",), within=("model",))


@dataclass(frozen=True)
class ReportMetrics:
    """The rows of each part of the page; None means hidden: too few persons.

    `orders_total` and `sessions_total` are sums over the days shown, hidden weeks included.
    """

    as_of: date
    tables: Rows = ()
    steps: Rows = ()
    sources: Rows = ()
    rejected_by_reason: Rows = ()
    events: Rows = ()
    orders: Rows = ()
    orders_total: Rows = ()
    sessions: Rows = ()
    sessions_total: Rows = ()
    people: Rows = ()
    clusters: Rows = ()
    deciles: Rows = ()
    models: Rows = ()
    segments: Rows = ()
    deliveries: Rows = ()


def report_metrics(
    tables: Mapping[Table, DataFrame],
    row_counts: Mapping[str, int],
    model_metrics: Sequence[Mapping[str, Any]],
    settings: ReportsSettings,
    as_of: date,
) -> ReportMetrics:
    """The metrics of the day, from the tables of REPORTED and the models' metrics.

    `row_counts` are by table name; `model_metrics` has the keys model, metric, value, baseline and
    is_champion. Only aggregated rows reach the driver; each aggregation states its bound.
    """
    smallest, span = settings.smallest_group, settings.days
    orders = _rows(trends.orders_per_week(tables[ORDER], as_of, span))
    sessions = _rows(trends.sessions_per_week(tables[SESSION], as_of, span))
    shown_orders = small_groups_hidden(orders, _ORDERS, smallest)
    shown_sessions = small_groups_hidden(sessions, _SESSIONS, smallest)
    received = [tables[one] for one in (RECORD, EVENT, REJECTED, DUPLICATE)]
    customers, members, sent = tables[CUSTOMER], tables[MEMBERSHIP], tables[DELIVERY]
    return ReportMetrics(
        as_of=as_of,
        tables=_table_rows(tables, row_counts, smallest),
        steps=_rows(flow.seconds_per_step(tables[RUN])),
        sources=_rows(flow.conservation(received[0], received[1], received[2], received[3])),
        rejected_by_reason=_rows(flow.rejected_by_reason(tables[REJECTED])),
        events=_rows(trends.events_per_day(tables[EVENT], as_of, span)),
        orders=shown_orders,
        orders_total=_totals(orders, shown_orders, _ORDERS),
        sessions=shown_sessions,
        sessions_total=_totals(sessions, shown_sessions, _SESSIONS),
        people=small_groups_hidden(_rows(people.people_found(customers)), Cells(()), smallest),
        clusters=small_groups_hidden(_rows(people.cluster_sizes(customers)), Cells(()), smallest),
        deciles=small_groups_hidden(
            _rows(people.score_deciles(tables[SCORE], as_of)), _DECILES, smallest
        ),
        models=tuple(
            sorted(map(dict, model_metrics), key=lambda row: (row["model"], row["metric"]))
        ),
        segments=small_groups_hidden(
            _rows(people.segment_sizes(members, as_of)), Cells(()), smallest
        ),
        deliveries=small_groups_hidden(
            _rows(people.delivery_outcomes(sent, as_of)), _OUTCOMES, smallest
        ),
    )


def _rows(aggregated: DataFrame) -> Rows:
    return tuple(row.asDict() for row in aggregated.collect())


def _table_rows(tables: Iterable[Table], row_counts: Mapping[str, int], smallest: int) -> Rows:
    def shown(table: Table) -> int | None:
        count = row_counts[table.name]
        return None if table.subject and 0 < count < smallest else count

    return tuple(
        {"table": table.name, "grain": table.grain, "row_count": shown(table)} for table in tables
    )


def _totals(rows: Rows, shown: Rows, cells: Cells) -> Rows:
    """One row per group with the sums of its rows; None where all of them are hidden."""
    groups = sorted({tuple(row[name] for name in cells.within) for row in rows})
    return tuple(_total(rows, shown, cells, group) for group in groups)


def _total(rows: Rows, shown: Rows, cells: Cells, group: tuple[Any, ...]) -> Row:
    def belongs(row: Row) -> bool:
        return tuple(row[name] for name in cells.within) == group

    named = dict(zip(cells.within, group, strict=True))
    if all(row[cells.persons] is None for row in shown if belongs(row)):
        return named | dict.fromkeys(cells.figures)
    return named | {
        figure: sum(row[figure] for row in rows if belongs(row)) for figure in cells.figures
    }
