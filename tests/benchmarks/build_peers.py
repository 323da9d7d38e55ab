"""The same sessions, orders, activity, customers, traits and labels in DuckDB.

It reads the Parquet files of silver.event, silver.sighting and identity.link in the lake and writes
one file a table below OUT. Traits and labels are columns there, not maps. It makes no consent, the
means and spreads of gaps and no ratios, compares nothing with what is stored and checks no key.
"""

# ruff: noqa: S608 - every query is our own text

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from deltalake import DeltaTable

from cdp_spark.features.settings import FeaturesSettings, LabelSettings, count_name
from cdp_spark.gold import GoldSettings
from cdp_spark.settings import Settings
from tests.benchmarks.duck import connected
from tests.benchmarks.session_peers import visits_query

TABLES = ("session", "order", "activity", "customer", "trait", "label")
_SEPARATOR = "chr(31)"

# The customer of an event has its strongest identifier, or had it then if it changed hands.
_OWNERS = """
CREATE TABLE owner AS
WITH held AS (
  SELECT identifier_key, customer_id, valid_from,
    count(*) OVER (PARTITION BY identifier_key) AS spans
  FROM {link} WHERE recorded_to IS NULL
), seen AS (SELECT event_key, identifier_key, kind, event_at FROM {sighting}
), own AS (
  SELECT s.event_key, s.identifier_key, s.kind, h.customer_id
  FROM seen s JOIN held h ON s.identifier_key = h.identifier_key AND h.spans = 1
), shared AS (FROM held WHERE spans > 1
), earliest AS (
  SELECT identifier_key, arg_min(customer_id, (valid_from, customer_id)) AS customer_id
  FROM shared GROUP BY identifier_key
), turns AS (
  SELECT s.event_key, s.identifier_key, s.kind, coalesce(l.customer_id, e.customer_id)
  FROM seen s JOIN earliest e USING (identifier_key)
  ASOF LEFT JOIN shared l ON s.identifier_key = l.identifier_key AND s.event_at >= l.valid_from
)
SELECT event_key, arg_min(customer_id, ({priority}, identifier_key)) AS customer_id
FROM (FROM own UNION ALL FROM turns) GROUP BY event_key
"""
_EVENTS = """
CREATE TABLE sent AS
SELECT o.customer_id, e.event_key, e.source, e.type, e.name, e.event_at, e.event_on,
  e.order_namespace, e.available_at::DATE AS available_on, e.order_id, e.amount, e.currency,
  e.products, e.campaign, {fields}
FROM {event} e JOIN owner o USING (event_key)
"""
# Of several events that bought one order, the first whole one with an amount counts.
_COUNTED = """
CREATE TABLE event AS
SELECT * EXCLUDE (is_counted, order_namespace)
  REPLACE (CASE WHEN is_counted THEN order_id END AS order_id,
           CASE WHEN is_counted THEN amount END AS amount)
FROM (
  SELECT *, order_id IS NULL OR NOT ({bought}) OR coalesce(event_key =
    arg_min(event_key, (event_at, event_key)) FILTER (({whole}) AND amount >= 0)
      OVER (PARTITION BY order_namespace, order_id), true) AS is_counted
  FROM sent
)
"""
_SESSIONS = """
SELECT substr(sha256(concat_ws({separator}, customer_id, first[2])), 1, 32) AS session_id,
  * EXCLUDE (first)
FROM ({visits})
"""
_ORDERS = """
SELECT substr(sha256(concat_ws({separator}, order_namespace, order_id)), 1, 32) AS order_key, *,
  amount - refund_amount AS net_amount
FROM (
  SELECT order_namespace, order_id,
    arg_min(source, (event_at, event_key)) FILTER ({bought}) AS source,
    arg_min(customer_id, (event_at, event_key)) FILTER ({bought}) AS customer_id,
    min(event_at) FILTER ({bought}) AS ordered_at,
    coalesce(arg_min(amount, (event_at, event_key)) FILTER (({whole}) AND amount >= 0),
      sum(amount) FILTER ({lines}))::DECIMAL(18, 2) AS amount,
    coalesce(sum(amount) FILTER ({refunded}), 0)::DECIMAL(18, 2) AS refund_amount,
    arg_min_null(currency, (event_at, event_key)) FILTER ({bought}) AS currency,
    coalesce(sum(len(products)) FILTER ({bought}), 0)::BIGINT AS line_count
  FROM sent WHERE order_id IS NOT NULL GROUP BY order_namespace, order_id
) WHERE ordered_at IS NOT NULL
"""
_ACTIVITY = """
SELECT customer_id, event_on, available_on, name, count(*) AS event_count,
  count(DISTINCT order_id) FILTER ({bought}) AS order_count,
  coalesce(sum(amount) FILTER ({bought}), 0)::DECIMAL(18, 2) AS order_amount,
  coalesce(sum(amount) FILTER ({refunded}), 0)::DECIMAL(18, 2) AS refund_amount,
  coalesce(sum(len(products)), 0)::BIGINT AS item_count
FROM event GROUP BY ALL
"""
_CUSTOMERS = """
WITH described AS (
  SELECT customer_id, {best}, count(*) AS event_count, min(event_at) AS first_seen_at,
    max(event_at) AS last_seen_at
  FROM event GROUP BY customer_id
), held AS (
  SELECT customer_id, count(DISTINCT identifier_key) AS identifier_count,
    max(kind NOT IN {devices} AND confidence > 0) AS is_known
  FROM {link} WHERE recorded_to IS NULL GROUP BY customer_id
), bought AS (
  SELECT customer_id, count(*) AS order_count, sum(net_amount) AS net_amount
  FROM "order" GROUP BY customer_id
)
SELECT described.*, identifier_count, is_known, coalesce(order_count, 0) AS order_count,
  coalesce(net_amount, 0)::DECIMAL(18, 2) AS net_amount
FROM described JOIN held USING (customer_id) LEFT JOIN bought USING (customer_id)
"""
_TRAITS = """
WITH folded AS (
  SELECT customer_id, event_on, available_on, {sums} FROM measured GROUP BY ALL
), days AS (
  SELECT customer_id, as_of_on, event_on, datediff('day', event_on, as_of_on) AS age_days,
    dayofweek(event_on) IN (0, 6) AS is_weekend, {sums}
  FROM folded JOIN day ON event_on < as_of_on AND available_on < as_of_on GROUP BY ALL
), spaced AS (
  SELECT *, datediff('day', lag(event_on) OVER (PARTITION BY customer_id, as_of_on
                                                ORDER BY event_on), event_on) AS gap_days
  FROM days
)
SELECT customer_id, as_of_on, min(age_days) AS recency_days, max(age_days) AS tenure_days,
  count(*) AS active_day_count, count(*) FILTER (is_weekend) AS weekend_day_count,
  min(age_days) FILTER (order_count > 0) AS order_recency_days,
  max(age_days) FILTER (order_count > 0) AS first_order_days,
  count(*) FILTER (order_count > 0) AS order_day_count, max(gap_days) AS gap_max_days,
  sum(gap_days) AS gap_sum, sum(gap_days * gap_days) AS gap_square_sum, {sums}, {within}
FROM spaced GROUP BY customer_id, as_of_on
"""
_LABELS = """
WITH own AS (FROM activity WHERE name NOT IN {passive}
), outcome AS (
  SELECT customer_id, as_of_on, bool_or(event_on < as_of_on AND available_on < as_of_on) AS known,
    {outcomes}
  FROM own JOIN day ON event_on < as_of_on + {longest} GROUP BY customer_id, as_of_on
)
SELECT customer_id, as_of_on, {matured} FROM outcome WHERE known AND ({any_matured})
"""


def duckdb_build(
    lake: Path, out: Path, settings: Settings, days: Sequence[date], until: date
) -> None:
    """All tables of both jobs by SQL, for snapshots on these days and labels that end by a day."""
    out.mkdir(parents=True)
    kinds = {rule.name: rule for rule in settings.identity.identifiers}
    link = _files(lake / "identity" / "link")
    with connected(out / "scratch") as connection:
        connection.execute("SET preserve_insertion_order = false")
        ranks = {name: rule.priority for name, rule in kinds.items()}
        seen, priority = _files(lake / "silver" / "sighting"), _chosen("kind", ranks)
        connection.execute(_OWNERS.format(link=link, sighting=seen, priority=priority))
        fields = ", ".join(f"e.{name}" for name in settings.gold.survivorship)
        connection.execute(_EVENTS.format(event=_files(lake / "silver" / "event"), fields=fields))
        connection.execute(_COUNTED.format(**_conditions(settings.gold)))
        devices = _listed([name for name, rule in kinds.items() if rule.is_device])
        trust = {source.name: source.trust for source in settings.sources.entries}
        customers = _CUSTOMERS.format(best=_best(settings.gold, trust), devices=devices, link=link)
        queries = _gold(settings.gold) | {"customer": customers}
        features = settings.features
        queries |= {"trait": _traits(features), "label": _labels(features, until)}
        listed = ", ".join(f"(DATE '{day}')" for day in days)
        connection.execute(f"CREATE TABLE day AS SELECT * FROM (VALUES {listed}) d(as_of_on)")
        for name in TABLES:
            if name == "trait":
                connection.execute(f"CREATE VIEW measured AS {_measured(features)}")
            connection.execute(f'CREATE TABLE "{name}" AS {queries[name]}')
            target = f"'{out}/{name}.parquet' (COMPRESSION zstd)"
            connection.execute(f'COPY (FROM "{name}") TO {target}')


def _files(table: Path) -> str:
    """The rows of a table of the lake, as its files."""
    return f"read_parquet({DeltaTable(str(table)).file_uris()})"


def _listed(names: Sequence[str]) -> str:
    # An empty list of values is no SQL; no name is empty.
    return f"({', '.join(repr(name) for name in names) or repr('')})"


def _chosen(column: str, values: dict[str, int]) -> str:
    cases = " ".join(f"WHEN '{name}' THEN {value}" for name, value in values.items())
    return f"CASE {column} {cases} ELSE 0 END"


def _conditions(gold: GoldSettings) -> dict[str, str]:
    orders = gold.orders
    names = {
        "bought": (*orders.whole, *orders.lines),
        "whole": orders.whole,
        "lines": orders.lines,
        "refunded": orders.refunded,
    }
    return {key: f"name IN {_listed(some)}" for key, some in names.items()}


def _gold(gold: GoldSettings) -> dict[str, str]:
    given = _conditions(gold)
    bought = (*gold.orders.whole, *gold.orders.lines)
    visits = visits_query("event", gold.session_gap_minutes * 60, bought)
    return {
        "session": _SESSIONS.format(separator=_SEPARATOR, visits=visits),
        "order": _ORDERS.format(separator=_SEPARATOR, **given),
        "activity": _ACTIVITY.format(**given),
    }


def _best(gold: GoldSettings, trust: dict[str, int]) -> str:
    rank = _chosen("source", trust)
    order = {
        "most_recent": "(event_at, event_key)",
        "source_priority": f"({rank}, event_at, event_key)",
    }
    return ", ".join(
        f"arg_max({name}, {order[rule]}) FILTER ({name} IS NOT NULL) AS {name}"
        for name, rule in gold.survivorship.items()
    )


def _counted(features: FeaturesSettings) -> list[str]:
    return ["order_count", "item_count", "net_amount", *map(count_name, features.event_names)]


def _measured(features: FeaturesSettings) -> str:
    """Activity with names folded into columns, money in hundredths."""
    named = ", ".join(
        f"CASE WHEN name = '{name}' THEN event_count ELSE 0 END AS {count_name(name)}"
        for name in features.event_names
    )
    cents = {
        name: f"({name} * 100)::BIGINT AS {name}" for name in ("order_amount", "refund_amount")
    }
    return (
        "SELECT customer_id, event_on, available_on, order_count, item_count, "
        f"{', '.join(cents.values())}, "
        "((order_amount - refund_amount) * 100)::BIGINT AS net_amount"
        f"{', ' * bool(named)}{named} "
        f"FROM activity WHERE name NOT IN {_listed(features.passive_names)}"
    )


def _traits(features: FeaturesSettings) -> str:
    counted = [*_counted(features), "order_amount", "refund_amount"]
    sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in counted)
    within = [
        f"coalesce(sum({name}) FILTER (age_days <= {days}), 0)::BIGINT AS {name}_{days}d"
        for days in features.windows_days
        for name in _counted(features)
    ]
    within += [
        f"count(*) FILTER (age_days <= {days}) AS active_day_count_{days}d"
        for days in features.windows_days
    ]
    return _TRAITS.format(sums=sums, within=", ".join(within))


def _labels(features: FeaturesSettings, until: date) -> str:
    matured = {
        label.name: f"as_of_on + {label.horizon_days} <= DATE '{until}'"
        for label in features.labels
    }
    return _LABELS.format(
        passive=_listed(features.passive_names),
        longest=max(label.horizon_days for label in features.labels),
        outcomes=", ".join(map(_outcome, features.labels)),
        matured=", ".join(f"CASE WHEN {when} THEN {name} END AS {name}"
                          for name, when in matured.items()),
        any_matured=" OR ".join(matured.values()),
    )  # fmt: skip


def _outcome(label: LabelSettings) -> str:
    inside = f"event_on >= as_of_on AND event_on < as_of_on + {label.horizon_days}"
    net = "(order_amount - refund_amount)"
    value = {
        "inactive": f"1 - max(({inside})::INT)",
        "bought": f"max(({inside} AND order_count > 0)::INT)",
        "spend": f"greatest(coalesce(sum({net}) FILTER ({inside}), 0), 0)::DOUBLE",
    }[label.kind]
    return f"{value} AS {label.name}"
