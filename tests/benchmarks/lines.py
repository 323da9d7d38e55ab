"""Raw Segment lines of any number, made by DuckDB from nothing but their numbers."""

from pathlib import Path

from tests.benchmarks.duck import connected

# Line i % 100 in 97, 98, 99 is a duplicate; line i % 500 == 3 is broken in one of five ways.
_LINES = r"""
WITH numbered AS (
  SELECT i, CASE WHEN i % 100 < 97 THEN i
                 WHEN i >= $shift + 100 THEN i - 50 - $shift ELSE i - 50 END AS n,
         CASE WHEN i % 100 < 97 OR i % 1000 = 997 THEN 0 ELSE i % 100 END AS again,
         CASE WHEN i % 500 = 3 THEN 1 + (i // 500) % 5 ELSE 0 END AS fault
  FROM range($first, $first + $count) t(i)
), drawn AS (
  SELECT *, md5('event ' || n) AS h FROM numbered
), derived AS (
  SELECT *,
    ('0x' || substr(h, 1, 7))::BIGINT AS a,
    ('0x' || substr(h, 8, 7))::BIGINT AS b,
    ('0x' || substr(h, 15, 7))::BIGINT % $people AS person,
    CASE WHEN fault = 5 THEN 210 ELSE ('0x' || substr(h, 22, 2))::INT END AS what
  FROM drawn
), timed AS (
  SELECT *,
    TIMESTAMP '2025-01-01' + to_milliseconds((a * 37) % 5184000000) AS moment,
    CASE again WHEN 97 THEN 60000 WHEN 98 THEN -1000 ELSE 0 END AS delay,
    what >= 230 AS is_identify,
    'User.' || person || '@Mail' || person % 50 || CASE WHEN b % 3 = 0 THEN '.COM' ELSE '.com' END
      AS email
  FROM derived
), written AS (
  SELECT *,
    strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ') AS stamp,
    strftime(moment + to_milliseconds(1500 + delay + b % 4000), '%Y-%m-%dT%H:%M:%S.%gZ')
      AS received,
    CASE WHEN what < 150 THEN
        '"type":"track","event":"Product Viewed","properties":{"product_id":"sku-' || b % 5000
        || '","name":"Product number ' || b % 5000 || '","brand":"Brand ' || b % 40
        || '","category":"Category ' || b % 12 || '","price":' || b % 300 || '.99,"quantity":1}'
      WHEN what < 200 THEN
        '"type":"page","name":"Category ' || b % 12 || '","properties":{"url":"https://shop.example/c/'
        || b % 12 || '?page=' || a % 9 || '","referrer":"https://search.example/find","title":"Shelf"}'
      WHEN what < 230 THEN
        '"type":"track","event":"Order Completed","properties":{"order_id":"o-' || n || '","total":'
        || CASE WHEN fault = 5 THEN '-' ELSE '' END || 20 + b % 400
        || '.50,"currency":"EUR","products":[{"product_id":"sku-' || b % 5000
        || '","brand":"Brand ' || b % 40 || '","price":19.95,"quantity":2}]}'
      ELSE
        '"type":"identify","traits":{"email":"' || CASE WHEN b % 5 = 0 THEN '  ' ELSE '' END
        || email
        || '","phone":"+9053' || 20000000 + person || '","firstName":"First' || person % 500
        || '","lastName":"Last' || person % 900 || '","address":{"city":"City ' || person % 80
        || '","country":"TR"}}'
    END AS body
  FROM timed
), whole AS (
  SELECT i, fault,
    '{' || CASE WHEN fault = 2 THEN ''
                ELSE '"messageId":"m-' || n || '-' || substr(h, 1, 8) || '",' END
    || CASE WHEN fault = 3 THEN replace(body, '"type":"', '"type":"un') ELSE body END
    || ',"anonymousId":"' || substr(md5('device ' || person || ' ' || b % 2), 1, 24) || '"'
    || CASE WHEN is_identify OR b % 3 = 0 THEN ',"userId":"u' || person || '"' ELSE '' END
    || ',"timestamp":"' || CASE WHEN fault = 4 THEN 'soon' ELSE stamp END
    || '","receivedAt":"' || received
    || '","context":{"ip":"203.0.113.' || a % 250
    || '","library":{"name":"analytics.js","version":"2.1.0"},"device":'
    || '{"advertisingId":"' || substr(md5('ad ' || person), 1, 32) || '"}'
    || CASE WHEN again = 99 THEN ',"attempt":2' ELSE '' END
    || ',"userAgent":"Mozilla/5.0 (X11; Linux x86_64)"}}' AS line
  FROM written
)
SELECT CASE WHEN fault = 1 THEN left(line, 120) ELSE line END AS line FROM whole ORDER BY i
"""
_FILES = 8


def write_lines(folder: Path, first: int, count: int, rows: int, files: int = _FILES) -> None:
    """Write lines `first` … `first + count` of a world of `rows` events into a few files.

    Three in a hundred repeat another event, mostly one of another file: with a later or an
    earlier receive time, with other bytes at the same time, or byte for byte.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-count // files)
    starts = list(range(first, first + count, size))
    with connected() as connection:
        connection.execute("SET preserve_insertion_order = true")
        for number, start in enumerate(starts):
            query = _filled(start, min(size, first + count - start), rows)
            file = folder / f"part-{first:012d}-{number:03d}.jsonl"
            form = "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01')"
            connection.execute(f"COPY ({query}) TO '{file}' {form}")


def _filled(first: int, count: int, rows: int) -> str:
    parameters = {
        "$first": first,
        "$count": count,
        "$shift": rows // 7 // 100 * 100,
        "$people": rows // 20 + 1,
    }
    query = _LINES
    for name, value in parameters.items():
        query = query.replace(name, str(value))
    return query
