"""Identifiers seen in events, in the columns of silver.sighting, made by DuckDB from numbers."""

# ruff: noqa: S608 - every query is our own text

from pathlib import Path

from tests.benchmarks.duck import connected

# A person has up to three devices; a visit of a few events, one a minute, shows one of them, and
# who logs in shows more. One event in 300 is on one of a few shared screens, which the rules must
# block.
_SIGHTINGS = r"""
WITH drawn AS (
  SELECT i, md5('seen ' || i) AS event_key, md5('visit ' || i // $visit) AS visit_key
  FROM range($first, $last) t(i)
), derived AS (
  SELECT i, event_key,
    ('0x' || substr(visit_key, 1, 7))::BIGINT % ($rows // 12 + 1) AS person,
    ('0x' || substr(event_key, 8, 7))::BIGINT AS a,
    ('0x' || substr(visit_key, 15, 7))::BIGINT AS b,
    1735689600000 + ('0x' || substr(visit_key, 8, 9))::BIGINT % 7776000000
      + i % $visit * 60000 AS millis
  FROM drawn
), seen AS (
  SELECT i, event_key, a, millis,
    unnest([
      {'kind': 'anonymous_id', 'value': CASE WHEN a % 300 = 0 THEN 'screen ' || b % 5
                                             ELSE person || ' device ' || b % 3 END},
      {'kind': 'user_id', 'value': CASE WHEN a % 20 < 7 THEN '' || person END},
      {'kind': 'email', 'value': CASE WHEN a % 20 IN (1, 9) THEN person || '@mail' END},
      {'kind': 'phone', 'value': CASE WHEN a % 20 IN (2, 10) THEN '' || person END},
      {'kind': 'advertising_id', 'value': CASE WHEN b % 3 = 0 AND a % 300 > 0
                                               THEN person || ' ad' END}
    ]) AS one
  FROM derived
)
SELECT event_key, (('0x' || substr(event_key, 1, 2))::INT % 64)::INT AS bucket,
  md5(one.kind || '|' || one.value) AS identifier_key, one.kind AS kind,
  CASE WHEN one.kind IN ('user_id', 'anonymous_id') THEN 'web' END AS namespace,
  NULL::VARCHAR AS alias, 'web' AS source, event_key AS record_id,
  make_timestamptz(millis * 1000) AS event_at,
  make_timestamptz((millis + 1000) * 1000) AS available_at
FROM seen WHERE one.value IS NOT NULL
"""


def write_sightings(folder: Path, rows: int, span: range, visit: int = 4) -> None:
    """Write as Parquet what events of the span of numbers show.

    `rows` events are of as many people as they have twelve each of; `visit` events are one visit.
    """
    folder.mkdir(parents=True)
    given = {"$rows": rows, "$first": span.start, "$last": span.stop, "$visit": visit}
    query = _SIGHTINGS
    for name, value in given.items():
        query = query.replace(name, str(value))
    with connected() as connection:
        connection.execute(f"CREATE TABLE sightings AS {query}")
        for part in range(4):
            mine = f"SELECT * FROM sightings WHERE bucket % 4 = {part}"
            connection.execute(f"COPY ({mine}) TO '{folder}/part-{part}.parquet'")
