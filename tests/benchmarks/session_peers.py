"""The same visits, column by column, in DuckDB and in Polars; both write OUT, a Parquet file."""

# ruff: noqa: S608 - every query is our own text

from pathlib import Path

import polars as pl

from tests.benchmarks.duck import connected

_LISTS = {"product_id": "product_ids", "brand": "brands", "category": "categories"}
_MOST = 50


def duckdb_sessions(events: Path, out: Path, gap_seconds: int, bought: tuple[str, ...]) -> None:
    """Visits by window functions and one aggregation."""
    query = visits_query(f"'{events}/*.parquet'", gap_seconds, bought)
    with connected(out.with_suffix(".scratch")) as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"COPY ({query}) TO '{out}' (COMPRESSION zstd)")


def visits_query(events: str, gap_seconds: int, bought: tuple[str, ...]) -> str:
    """DuckDB: the visits of events that are a table or files."""
    is_bought = f"name IN ({', '.join(repr(name) for name in bought)})"
    lists = ", ".join(
        f"list_sort(list_distinct(flatten(list(list_transform(products, lambda p: p.{one})))))"
        f"[1:{_MOST}] AS {name}"
        for one, name in _LISTS.items()
    )
    prices = "list_transform(products, lambda p: p.price)"
    return f"""
        WITH flagged AS (
          SELECT *, coalesce(epoch_us(event_at) - lag(epoch_us(event_at)) OVER w
                             >= {gap_seconds} * 1000000, true)::INT AS begins
          FROM {events}
          WINDOW w AS (PARTITION BY customer_id ORDER BY event_at, event_key)
        ), numbered AS (
          SELECT *, sum(begins) OVER (PARTITION BY customer_id ORDER BY event_at, event_key
                                      ROWS UNBOUNDED PRECEDING) AS visit
          FROM flagged
        )
        SELECT customer_id, min((event_at, event_key)) AS first, min(event_at) AS started_at,
          max(event_at) AS ended_at, count(*) AS event_count,
          (epoch_us(max(event_at)) - epoch_us(min(event_at))) // 1000000 AS duration_seconds,
          count(*) FILTER (type IN ('page', 'screen')) AS page_count,
          count(DISTINCT order_id) FILTER ({is_bought}) AS order_count,
          coalesce(sum(amount) FILTER ({is_bought}), 0)::DECIMAL(18, 2) AS order_amount, {lists},
          min(list_min({prices})) AS price_min_amount, max(list_max({prices})) AS price_max_amount,
          arg_min(campaign, (event_at, event_key)) FILTER (campaign IS NOT NULL) AS campaign
        FROM numbered GROUP BY customer_id, visit
    """


def polars_sessions(events: Path, out: Path, gap_seconds: int, bought: tuple[str, ...]) -> None:
    """Visits by expressions over sorted rows."""
    is_bought = pl.col("name").is_in(bought)
    fields = {
        field: pl.col("products").list.eval(pl.element().struct.field(field))
        for field in (*_LISTS, "price")
    }
    silence = pl.col("event_at").diff().over("customer_id")
    is_start = (silence >= pl.duration(seconds=gap_seconds)).fill_null(value=True)
    numbered = (
        pl.scan_parquet(events / "*.parquet")
        .sort("customer_id", "event_at", "event_key")
        .with_columns(is_start.alias("begins"), **fields)
        # Sorted by customer, so a running number over all rows separates visits.
        .with_columns(pl.col("begins").cum_sum().alias("visit"))
    )
    lists = [
        pl.col(field).explode().drop_nulls().unique().sort().head(_MOST).alias(name)
        for field, name in _LISTS.items()
    ]
    visits = numbered.group_by("visit").agg(
        pl.col("customer_id", "event_key").first(),
        pl.col("event_at").first().alias("started_at"),
        pl.col("event_at").last().alias("ended_at"),
        pl.len().alias("event_count"),
        pl.col("type").is_in(["page", "screen"]).sum().alias("page_count"),
        pl.col("order_id").filter(is_bought).drop_nulls().n_unique().alias("order_count"),
        pl.col("amount").filter(is_bought).sum().alias("order_amount"),
        *lists,
        pl.col("price").list.min().min().alias("price_min_amount"),
        pl.col("price").list.max().max().alias("price_max_amount"),
        pl.col("campaign").drop_nulls().first(),
    )
    seconds = (pl.col("ended_at") - pl.col("started_at")).dt.total_seconds()
    visits.with_columns(seconds.alias("duration_seconds")).sink_parquet(out, compression="zstd")
