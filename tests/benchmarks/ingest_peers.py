"""The same parse, checks, normalisation and de-duplication in DuckDB and in Polars.

Each writes OUT/events.parquet and OUT/rejected.parquet. Neither keeps raw records, duplicates or
identifier tokens, nor proves that every record ended somewhere, as ours do.
"""

# ruff: noqa: S608 - every query is our own text

import hashlib
from pathlib import Path

import polars as pl

from tests.benchmarks.duck import connected

_TYPES = ("track", "identify", "page", "screen", "group", "alias")
_TEXTS = {
    "messageId": "event_id",
    "type": "type",
    "event": "event",
    "name": "page_name",
    "timestamp": "stamp",
    "receivedAt": "received",
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "traits.email": "given_email",
    "traits.phone": "phone",
    "traits.firstName": "first_name",
    "traits.lastName": "last_name",
    "traits.address.city": "city",
    "traits.address.country": "country",
    "properties.order_id": "order_id",
    "properties.total": "total",
    "properties.currency": "currency",
    "context.device.advertisingId": "advertising_id",
}
_OBJECTS = ("properties", "traits", "context")
_COLUMNS = ("event_id", "type", "name", "event_at", "available_at", "sha256", "user_id",
            "anonymous_id", "advertising_id", "email", "phone", "first_name", "last_name", "city",
            "country", "order_id", "amount", "currency")  # fmt: skip


def duckdb_events(landing: Path, out: Path) -> None:
    """Events and rejected lines by SQL."""
    texts = ", ".join(f"'$.{path}'" for path in _TEXTS)
    names = ", ".join(f"found[{n}] AS {name}" for n, name in enumerate(_TEXTS.values(), 1))
    trees = ", ".join(f"'$.{name}'" for name in _OBJECTS)
    objects = ", ".join(f"trees[{n}] AS {name}" for n, name in enumerate(_OBJECTS, 1))
    parsed = f"""
        SELECT *, coalesce(event, page_name, type) AS name,
          coalesce(TRY_CAST(stamp AS TIMESTAMP), TRY_CAST(received AS TIMESTAMP)) AS event_at,
          TRY_CAST(received AS TIMESTAMP) AS available_at,
          TRY_CAST(total AS DECIMAL(18, 2)) AS amount, lower(trim(given_email)) AS email,
          sha256(line) AS sha256
        FROM (SELECT line, is_json, {names}, {objects} FROM (
          SELECT *, json_extract_string(line, [{texts}]) AS found,
            json_extract(line, [{trees}]) AS trees FROM (
            SELECT CASE WHEN is_json THEN line END AS line, is_json, line AS raw FROM (
              SELECT line, json_valid(line) AND line LIKE '{{%' AS is_json FROM
              read_csv('{landing}/*.jsonl', columns = {{'line': 'VARCHAR'}}, header = false,
                       delim = E'\\x01', quote = '', escape = '')))))
    """
    is_good = f"""is_json AND coalesce(event_id, '') <> '' AND length(event_id) <= 100
        AND lower(type) IN {_TYPES}
        AND coalesce(event_at >= '2000-01-01' AND event_at < '2100-01-01', false)
        AND coalesce(available_at >= '2000-01-01' AND available_at < '2100-01-01', false)"""
    winners = f"""SELECT {", ".join((*_COLUMNS, *_OBJECTS))} FROM checked WHERE is_good
        QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY available_at, sha256) = 1"""
    out.mkdir(parents=True)
    with connected(out / "scratch") as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            "CREATE TABLE checked AS "
            f"SELECT *, coalesce({is_good}, false) AS is_good FROM ({parsed})"
        )
        for name, rows in (
            ("events", winners),
            ("rejected", "SELECT * FROM checked WHERE NOT is_good"),
        ):
            connection.execute(f"COPY ({rows}) TO '{out}/{name}.parquet' (COMPRESSION zstd)")


def polars_events(landing: Path, out: Path) -> None:
    """Events and rejected lines by expressions; SHA-256 is Python's, as Polars has none."""
    lines = pl.scan_lines(landing / "*.jsonl", name="line")
    # A line that is no JSON would stop the decoding of all: such are made null first.
    is_json = pl.col("line").str.json_path_match("$").is_not_null()
    body = pl.when(is_json & pl.col("line").str.starts_with("{")).then("line")
    parsed = lines.select(
        "line", body.str.json_decode(_BODY).alias("body"), sha256=pl.col("line").map_batches(_sha)
    )
    sent = (
        parsed.with_columns(
            *[_at(path).alias(name) for path, name in _TEXTS.items()],
            *[_at(name).alias(name) for name in _OBJECTS],
        )
        .with_columns(
            name=pl.coalesce("event", "page_name", "type"),
            event_at=pl.col("stamp").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", strict=False),
            available_at=pl.col("received").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", strict=False),
            amount=pl.col("total").cast(pl.Decimal(18, 2), strict=False),
            email=pl.col("given_email").str.strip_chars().str.to_lowercase(),
        )
        .with_columns(event_at=pl.coalesce("event_at", "available_at"))
    )
    checked = sent.with_columns(is_good=_is_good().fill_null(value=False)).collect()
    good = checked.lazy().filter("is_good")
    first = pl.struct("available_at", "sha256")
    events = good.filter(first.rank("ordinal").over("event_id") == 1)
    out.mkdir(parents=True)
    wanted = [*_COLUMNS, *_OBJECTS]
    events.select(wanted).sink_parquet(out / "events.parquet", compression="zstd")
    rejected = checked.filter(~pl.col("is_good")).select("line", "sha256")
    rejected.write_parquet(out / "rejected.parquet", compression="zstd")


_PRODUCT: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("product_id", "name", "brand", "category"), pl.String),
    **dict.fromkeys(("price", "quantity"), pl.Float64),
}
_BODY = pl.Struct(
    {
        **dict.fromkeys((path for path in _TEXTS if "." not in path), pl.String),
        "properties": pl.Struct(
            {
                **_PRODUCT,
                **dict.fromkeys(("order_id", "currency", "url", "referrer", "title"), pl.String),
                "total": pl.Float64,
                "products": pl.List(pl.Struct(_PRODUCT)),
            }
        ),
        "traits": pl.Struct(
            {
                **dict.fromkeys(("email", "phone", "firstName", "lastName"), pl.String),
                "address": pl.Struct({"city": pl.String, "country": pl.String}),
            }
        ),
        "context": pl.Struct(
            {
                "ip": pl.String,
                "userAgent": pl.String,
                "attempt": pl.Int64,
                "library": pl.Struct({"name": pl.String, "version": pl.String}),
                "device": pl.Struct({"advertisingId": pl.String}),
            }
        ),
    }
)


def _at(path: str) -> pl.Expr:
    value = pl.col("body")
    for step in path.split("."):
        value = value.struct.field(step)
    return value


def _sha(lines: pl.Series) -> pl.Series:
    return pl.Series([hashlib.sha256(line.encode()).hexdigest() for line in lines])


def _is_good() -> pl.Expr:
    start, end = pl.datetime(2000, 1, 1), pl.datetime(2100, 1, 1)
    moments = [pl.col(name) for name in ("event_at", "available_at")]
    is_moment = [one.is_between(start, end, closed="left") for one in moments]
    is_id = pl.col("event_id").str.len_chars().is_between(1, 100)
    is_type = pl.col("type").str.to_lowercase().is_in(_TYPES)
    return is_id & is_type & is_moment[0] & is_moment[1]
