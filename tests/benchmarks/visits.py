"""Events of customers in visits, as gold sees them, made by DuckDB from their numbers."""

# ruff: noqa: S608 - every query is our own text

from pathlib import Path

from tests.benchmarks.duck import connected

# Five events in a row stand near each other; one gap in 97 is exactly the one that parts visits,
# some events share their instant, and one customer has one event in a hundred.
_EVENTS = r"""
WITH drawn AS (
  SELECT i, i // 5 AS burst, md5('burst ' || i // 5) AS h, md5('event ' || i) AS event_key
  FROM range($rows) t(i)
), derived AS (
  SELECT i, event_key,
    ('0x' || substr(h, 1, 7))::BIGINT AS a,
    ('0x' || substr(h, 8, 7))::BIGINT AS b,
    ('0x' || substr(event_key, 1, 7))::BIGINT AS c
  FROM drawn
), timed AS (
  SELECT *,
    CASE WHEN a % 100 = 0 THEN 0 ELSE b % ($rows // 25 + 1) END AS customer,
    CASE WHEN i % 97 = 0 THEN 1800000 WHEN c % 20 = 0 THEN 0 ELSE c % 900000 END * (i % 5) AS later,
    CASE WHEN c % 100 < 70 THEN 'Product Viewed' WHEN c % 100 < 95 THEN 'Home'
         ELSE 'Order Completed' END AS name
  FROM derived
)
SELECT md5('customer ' || customer) AS customer_id, event_key,
  make_timestamptz((1735689600000 + (a * 29) % 7776000000 + later) * 1000) AS event_at,
  CASE WHEN name = 'Home' THEN 'page' ELSE 'track' END AS type, name,
  CASE WHEN name = 'Order Completed' THEN 'o-' || i // 3 END AS order_id,
  CASE WHEN name = 'Order Completed' THEN (c % 40000) / 100 END::DECIMAL(18, 2) AS amount,
  CASE WHEN name <> 'Home' THEN [{
    'product_id': 'sku-' || c % 5000, 'name': 'Product ' || c % 5000, 'brand': 'Brand ' || c % 40,
    'category': 'Category ' || c % 12, 'price': (c % 30000 / 100)::DECIMAL(18, 2),
    'quantity': 1::DECIMAL(18, 3)}] END AS products,
  CASE WHEN c % 10 = 0 THEN 'spring' WHEN c % 10 = 1 THEN 'mail' END AS campaign
FROM timed
"""


def write_visits(folder: Path, rows: int) -> None:
    """Write events of customers as Parquet files: the columns that visits are made from."""
    folder.mkdir(parents=True)
    query = _EVENTS.replace("$rows", str(rows))
    with connected() as connection:
        connection.execute(f"CREATE TABLE visits AS {query}")
        for part in range(4):
            mine = f"SELECT * FROM visits WHERE hash(event_key) % 4 = {part}"
            connection.execute(f"COPY ({mine}) TO '{folder}/part-{part}.parquet'")
