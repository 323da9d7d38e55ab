"""Events and identifiers of customers, in the columns of silver and identity, by DuckDB."""

# ruff: noqa: S608 - every query is our own text

from datetime import UTC, date, datetime
from pathlib import Path

from tests.benchmarks.duck import connected

START_ON, DAYS = date(2025, 1, 1), 240
FOLDERS = ("events", "sightings", "links")
# Five events in a row are one visit of one person; one person has one event in a hundred, and one
# in 50 is on a screen that several people have in turn. Events come late, orders are bought twice,
# given back, and given back without having been bought.
_DRAWN = r"""
CREATE TABLE drawn AS
WITH hashed AS (
  SELECT i, md5('visit ' || i // 5) AS h, md5('event ' || i) AS event_key
  FROM range($first, $last) t(i)
), numbered AS (
  SELECT i, event_key,
    ('0x' || substr(h, 1, 7))::BIGINT AS a,
    ('0x' || substr(h, 8, 7))::BIGINT AS b,
    ('0x' || substr(event_key, 1, 7))::BIGINT AS c,
    ('0x' || substr(event_key, 8, 7))::BIGINT AS d
  FROM hashed
)
SELECT *,
  CASE WHEN a % 100 = 0 THEN 0 ELSE b % $people END AS person,
  CASE WHEN a % 10 = 1 THEN 'shop' ELSE 'web' END AS source,
  CASE WHEN c % 100 < 50 THEN 'Product Viewed' WHEN c % 100 < 60 THEN 'Product Added'
       WHEN c % 100 < 88 THEN 'Home' WHEN c % 100 < 93 THEN 'identify'
       WHEN c % 100 < 99 THEN 'Order Completed' ELSE 'Order Refunded' END AS name,
  make_timestamptz(($start + (a * 97) % $span + i % 5 * CASE
    WHEN i % 97 = 0 THEN 1800000 WHEN c % 20 = 0 THEN 0 ELSE c % 900000 END) * 1000) AS event_at
FROM numbered
"""
_EVENTS = r"""
SELECT event_key, (('0x' || substr(event_key, 1, 2))::INT % 64)::INT AS bucket,
  'e-' || i AS event_id, source, md5('record ' || i) AS record_id, c AS raw_hash,
  1::BIGINT AS batch,
  CASE name WHEN 'Home' THEN 'page' WHEN 'identify' THEN 'identify' ELSE 'track' END AS type,
  name, event_at, event_at::DATE AS event_on,
  event_at + to_seconds(1 + d % 5) + to_days(CASE WHEN d % 33 = 0 THEN 2 ELSE 0 END::INT)
    AS available_at,
  sha256('record ' || i) AS sha256,
  NULL::VARCHAR AS account_id, NULL::VARCHAR AS account_key,
  CASE WHEN is_order THEN 'o-' || i // 3 END AS order_id,
  CASE WHEN is_order THEN source END AS order_namespace,
  CASE WHEN is_order THEN d % 40000 / 100 END::DECIMAL(18, 2) AS amount,
  CASE WHEN is_order THEN 'EUR' END AS currency,
  CASE WHEN is_thing THEN [{
    'product_id': 'sku-' || d % 5000, 'name': 'Product ' || d % 5000, 'brand': 'Brand ' || d % 40,
    'category': 'Category ' || d % 12, 'price': (d % 30000 / 100)::DECIMAL(18, 2),
    'quantity': 1::DECIMAL(18, 3)}] END AS products,
  CASE d % 10 WHEN 0 THEN 'spring' WHEN 1 THEN 'mail' END AS campaign,
  CASE WHEN is_person THEN 'user.' || person || '@mail' || d % 3 || '.example' END AS email,
  CASE WHEN is_person THEN '+9053' || 20000000 + person END AS phone,
  CASE WHEN is_person THEN 'First ' || d % 4 END AS first_name,
  CASE WHEN is_person THEN 'Last ' || person % 900 END AS last_name,
  CASE WHEN is_person THEN DATE '1960-01-01' + (person % 15000)::INT END AS birth_on,
  CASE WHEN is_person THEN 'City ' || d % 80 END AS city,
  CASE WHEN is_person THEN 'TR' END AS country,
  CASE WHEN is_person THEN MAP {'marketing': d % 4 > 0} END AS consent,
  NULL::VARCHAR[] AS warnings,
  '{"url":"https://shop.example/c/' || d % 12 || '?page=' || c % 9 || '","title":"Shelf ' || d % 70
    || '","referrer":"https://search.example/find","position":' || d % 40 || '}' AS properties,
  CASE WHEN is_person THEN '{"plan":"plan ' || d % 5 || '"}' END AS traits,
  '{"ip":"203.0.113.' || c % 250 || '","library":{"name":"analytics.js","version":"2.1.0"},'
    || '"userAgent":"Mozilla/5.0 (X11; Linux x86_64)"}' AS context,
  NULL::VARCHAR AS extra
FROM (SELECT *, name LIKE 'Order %' AS is_order, name = 'identify' AS is_person,
        name NOT IN ('Home', 'identify') AS is_thing FROM drawn)
"""
_SIGHTINGS = r"""
CREATE TABLE sightings AS
SELECT event_key, (('0x' || substr(event_key, 1, 2))::INT % 64)::INT AS bucket,
  md5(one.kind || '|' || one.value) AS identifier_key, one.kind AS kind,
  CASE WHEN one.kind IN ('user_id', 'anonymous_id') THEN 'shop' END AS namespace,
  NULL::VARCHAR AS alias, source, md5('record ' || i) AS record_id, event_at,
  event_at + to_seconds(1) AS available_at, one.person
FROM (SELECT *, unnest([
  {'kind': 'anonymous_id', 'person': person, 'value': CASE
     WHEN d % 50 > 0 THEN 'device ' || person || ' ' || b % 2 END},
  {'kind': 'advertising_id', 'person': NULL, 'value': CASE
     WHEN d % 50 = 0 THEN 'screen ' || b % $screens END},
  {'kind': 'user_id', 'person': person, 'value': CASE WHEN d % 3 = 1 THEN '' || person END},
  {'kind': 'email', 'person': person, 'value': CASE WHEN name = 'identify' THEN '' || person END}
]) AS one FROM drawn) WHERE one.value IS NOT NULL
"""
# A screen is five people's in turn, and somebody's before its first span begins.
_LINKS = r"""
WITH own AS (
  SELECT identifier_key, any_value(kind) AS kind, any_value(person) AS person,
    min(event_at) AS valid_from, NULL::TIMESTAMPTZ AS valid_to
  FROM sightings WHERE person IS NOT NULL GROUP BY identifier_key
), spans AS (
  SELECT md5('advertising_id|screen ' || screen) AS identifier_key, 'advertising_id' AS kind,
    ('0x' || substr(md5(screen || ' screen ' || turn), 1, 7))::BIGINT % $people AS person,
    make_timestamptz(($origin + (turn + 1) * 3456000000 + screen * 60000) * 1000) AS valid_from
  FROM range($screens) s(screen), range(5) t(turn)
), shared AS (
  SELECT *, lead(valid_from) OVER (PARTITION BY identifier_key ORDER BY valid_from) AS valid_to
  FROM spans WHERE $first = 0
)
SELECT identifier_key, kind, md5('customer ' || person) AS customer_id, 0.9::DOUBLE AS confidence,
  valid_from, valid_to, TIMESTAMPTZ '2025-08-29 00:00:00+00' AS recorded_from,
  NULL::TIMESTAMPTZ AS recorded_to
FROM (FROM own UNION ALL BY NAME FROM shared) ANTI JOIN known USING (identifier_key)
"""
_FILES = 4
_MILLIS_A_DAY = 86_400_000


def write_histories(folder: Path, rows: int, span: range, *, is_later: bool = False) -> None:
    """Write the events of the span of numbers, of as many people as `rows` events have.

    They lie in 240 days, or on the one after them where it is later; what others wrote beside this
    folder is then known: only identifiers that are new have links.
    """
    start = int(datetime(START_ON.year, START_ON.month, START_ON.day, tzinfo=UTC).timestamp())
    parameters = {
        "$first": span.start,
        "$last": span.stop,
        "$people": rows // 50 + 1,
        "$screens": rows // 2000 + 1,
        "$origin": start * 1000,
        "$start": start * 1000 + (DAYS * _MILLIS_A_DAY if is_later else 0),
        "$span": _MILLIS_A_DAY // 2 if is_later else DAYS * _MILLIS_A_DAY - _MILLIS_A_DAY // 2,
    }
    known = f"SELECT identifier_key FROM '{folder.parent}/*/links/*.parquet'"
    none = "SELECT NULL::VARCHAR AS identifier_key WHERE false"
    with connected() as connection:
        connection.execute(f"CREATE TABLE known AS {known if is_later else none}")
        for query in (_DRAWN, _SIGHTINGS):
            connection.execute(_filled(query, parameters))
        queries = {
            "events": _EVENTS,
            "sightings": "SELECT * EXCLUDE (person) FROM sightings",
            "links": _LINKS,
        }
        for name, query in queries.items():
            target = folder / name
            target.mkdir(parents=True)
            connection.execute(f"CREATE TABLE made_{name} AS {_filled(query, parameters)}")
            key = "identifier_key" if name == "links" else "event_key"
            for part in range(_FILES):
                mine = f"SELECT * FROM made_{name} WHERE hash({key}) % {_FILES} = {part}"
                connection.execute(f"COPY ({mine}) TO '{target}/part-{part}.parquet'")


def _filled(query: str, parameters: dict[str, int]) -> str:
    for name, value in parameters.items():
        query = query.replace(name, str(value))
    return query
