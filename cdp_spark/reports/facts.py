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


@dataclass(frozen=True)
class ReportOptions:
    """Settings of the page, its day, and the project's currency."""

    settings: ReportsSettings
    as_of: date
    currency: str = ""


def report_metrics(
    tables: Mapping[Table, DataFrame],
    row_counts: Mapping[str, int],
    model_metrics: Sequence[Mapping[str, Any]],
    options: ReportOptions,
) -> ReportMetrics:
    """The metrics of the day, from the tables of REPORTED and the models' metrics.

    `row_counts` are by table name; `model_metrics` has the keys model, metric, value, baseline and
    is_champion. Only aggregated rows reach the driver; each aggregation states its bound.
    """
    as_of, smallest, span = options.as_of, options.settings.smallest_group, options.settings.days
    orders = _rows(trends.orders_per_week(tables[ORDER], as_of, span, options.currency))
    sessions = _rows(trends.sessions_per_week(tables[SESSION], as_of, span))
    received = [tables[one] for one in (RECORD, EVENT, REJECTED, DUPLICATE)]
    customers, members, sent = tables[CUSTOMER], tables[MEMBERSHIP], tables[DELIVERY]
    return ReportMetrics(
        as_of=as_of,
        tables=_table_rows(tables, row_counts, smallest),
        steps=_rows(flow.seconds_per_step(tables[RUN])),
        sources=_rows(flow.conservation(received[0], received[1], received[2], received[3])),
        rejected_by_reason=_rows(flow.rejected_by_reason(tables[REJECTED], tables[FILE])),
        events=_rows(trends.events_per_day(tables[EVENT], as_of, span)),
        orders=small_groups_hidden(_weeks(orders), _ORDERS, smallest),
        orders_total=_totals(orders, _ORDERS, smallest),
        sessions=small_groups_hidden(_weeks(sessions), _SESSIONS, smallest),
        sessions_total=_totals(sessions, _SESSIONS, smallest),
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


def _weeks(rows: Rows) -> Rows:
    return tuple(row for row in rows if row["week_on"] is not None)


def _totals(rows: Rows, cells: Cells, smallest: int) -> Rows:
    """The totals of all weeks; None where they are of too few persons."""
    nothing = dict.fromkeys((*cells.figures, cells.persons))
    totals = (row for row in rows if row["week_on"] is None)
    return tuple(row | nothing if 0 < row[cells.persons] < smallest else row for row in totals)
