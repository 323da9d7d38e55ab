"""ingest_events from a real PostgreSQL: every state of a row that is seen reaches bronze once."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from cdp_spark.lake import Lake
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.settings import Settings, load
from cdp_spark.sources import SourceUnreadable
from cdp_spark.sources.settings import SourceSettings, SourcesSettings, TableSettings
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.ops import RUN
from jobs import ingest_events
from tests.conftest import AS_OF, PROJECT
from tests.jobs.postgres import Postgres, running_postgres

Opened = Callable[..., Lake]
_PASSWORD = "pw-b7c1f0e2"  # noqa: S105 - of the tests' own server


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres("reader", _PASSWORD) as running:
        yield running


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CDP_SHOP_USER", "reader")
    (tmp_path / "password").write_text(f"{_PASSWORD}\n")


@pytest.fixture
def orders(server: Postgres) -> Iterator[Postgres]:
    """A table of three orders, the last of which was changed in the future."""
    server.run(
        'CREATE TABLE "Orders" (id bigint PRIMARY KEY, mail text, total numeric, photo bytea, '
        "made timestamp, changed timestamptz)"
    )
    server.run(
        "INSERT INTO \"Orders\" VALUES (1, 'a@x.org', 12.50, '\\xff00', '2025-01-01', "
        "'2025-01-02T00:00:00.000001Z'), (2, NULL, 1e30, NULL, NULL, '2025-01-02T01:00:00+01'), "
        "(3, 'c\"\n', 1, NULL, NULL, '2999-01-01')"
    )
    yield server
    server.run('DROP TABLE "Orders"')


def _settings(server: Postgres, tmp_path: Path, **table: Any) -> SourcesSettings:
    found: dict[str, Any] = {
        "url": server.url,
        "name": "public.Orders",
        "cursor": "changed",
        "cursor_kind": "timestamp",
        "keys": ("id",),
        "user": "${env:CDP_SHOP_USER}",
        "password": f"${{file:{tmp_path}/password}}",
    }
    columns = {"event_id": "id", "event_at": "changed", "amount": "total"}
    reached = TableSettings(**found | table)
    source = SourceSettings(name="shop", format="table", table=reached, columns=columns)
    return SourcesSettings(entries=(source,))


def _taken(lake: Lake) -> list[dict[str, Any]]:
    rows = lake.read(RECORD).orderBy("batch", "position").collect()
    assert len({row["record_id"] for row in rows}) == len(rows)
    return [json.loads(bytes(row["raw"])) for row in rows]


def _ranges(lake: Lake) -> list[tuple[int, str, int]]:
    rows = lake.read(FILE).select("batch", "file", "record_count").collect()
    return sorted((row["batch"], row["file"], row["record_count"]) for row in rows)


class DyingLake(Lake):
    """A lake that ends the run before the records of a batch are appended."""

    def append_once(self, *_: Any, **__: Any) -> None:
        raise KeyboardInterrupt


def test_each_run_takes_new_and_changed_rows_and_one_that_was_killed_is_finished(
    spark: SparkSession, orders: Postgres, open_lake: Opened, tmp_path: Path
) -> None:
    settings = _settings(orders, tmp_path)
    lake = open_lake()
    with pytest.raises(KeyboardInterrupt):
        ingest_events.run(DyingLake(spark, lake.root, lake.run), settings)
    begun = (1, "public.Orders/changed/first..", 2)
    assert [(batch, file[:29], found) for batch, file, found in _ranges(open_lake())] == [begun]
    orders.run("UPDATE \"Orders\" SET mail = 'b@x.org', changed = '2025-01-03' WHERE id = 2")
    orders.run("INSERT INTO \"Orders\" (id, changed) VALUES (4, '2025-01-04')")
    ingest_events.run(open_lake(), settings)
    first = {
        "id": "1",
        "mail": "a@x.org",
        "total": "12.50",
        "photo": "/wA=",
        "made": "2025-01-01 00:00:00.000000",
        "changed": "2025-01-02 00:00:00.000001Z",
    }
    taken = _taken(open_lake())
    assert taken[0] == first
    assert list(taken[0]) == sorted(first)
    assert [(row["id"], row["mail"]) for row in taken[1:]] == [("2", "b@x.org"), ("4", None)]
    assert taken[1]["total"] == "1" + 30 * "0"

    orders.run("UPDATE \"Orders\" SET mail = 'c@x.org', changed = now() WHERE id = 1")
    newer = _settings(orders, tmp_path, lag=0)
    ingest_events.run(open_lake(), newer)
    assert [(row["id"], row["mail"]) for row in _taken(open_lake())[3:]] == [("1", "c@x.org")]
    again = open_lake()
    ingest_events.run(again, newer)
    assert (again.ledger.writes, len(_taken(open_lake()))) == ({}, 4)


def test_a_numbered_table_comes_in_batches_of_a_bounded_size(
    server: Postgres, open_lake: Opened, tmp_path: Path
) -> None:
    server.run("CREATE TABLE visits (id numeric(20), page text, total int, changed int)")
    server.run("INSERT INTO visits (id) SELECT generate_series(-2, 6)")
    numbered = {"name": "visits", "cursor": "id", "cursor_kind": "number", "rows_per_batch": 5}
    ingest_events.run(open_lake(), _settings(server, tmp_path, **numbered, lag=1))
    assert _ranges(open_lake()) == [(1, "visits/id/first..1", 4), (2, "visits/id/1..5", 4)]
    assert [row["id"] for row in _taken(open_lake())] == [str(one) for one in range(-2, 6)]


def test_a_fault_is_one_line_without_the_secret(
    orders: Postgres, open_lake: Opened, tmp_path: Path
) -> None:
    wrong = {
        "no column \\['updated'\\]; found": {"cursor": "updated"},
        "expected cursor_kind timestamp": {"cursor": "mail"},
        'relation "nothing" does not exist': {"name": "nothing"},
        "refused": {"url": "jdbc:postgresql://127.0.0.1:9/postgres"},
        "env:CDP_NOT_SET}: not set": {"password": "${env:CDP_NOT_SET}"},
    }
    for message, table in wrong.items():
        with pytest.raises(SourceUnreadable, match=message) as caught:
            ingest_events.run(open_lake(), _settings(orders, tmp_path, **table))
        assert len(str(caught.value).splitlines()) == 1
    (tmp_path / "password").write_text("hunter2!")
    with pytest.raises(SourceUnreadable, match="authentication failed") as caught:
        ingest_events.run(open_lake(), _settings(orders, tmp_path))
    assert "hunter2" not in f"{caught.value}{caught.value.__cause__}"


def test_the_password_is_in_no_log_plan_or_table(
    spark: SparkSession,
    orders: Postgres,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plans: list[str] = []
    materialize = Lake.materialize

    def noted(lake: Lake, name: str, rows: DataFrame) -> DataFrame:
        plans.append(rows._jdf.queryExecution().toString())  # noqa: SLF001 - as Spark logs it
        return materialize(lake, name, rows)

    monkeypatch.setattr(Lake, "materialize", noted)
    root = tmp_path / "lake"
    settings = load(PROJECT / "conf")
    changes = {
        "project": settings.project.model_copy(update={"lake": str(root)}),
        "sources": _settings(orders, tmp_path),
    }
    shop: Settings = settings.model_copy(update=changes)
    run_job(job_named("ingest_events", PROJECT), spark, shop, Options(AS_OF))
    assert plans
    assert spark.read.format("delta").load(str(root / RUN.name.replace(".", "/"))).count() == 1
    caught = capfd.readouterr()
    everything = [*plans, caught.out, caught.err, repr(shop)]
    assert not [text for text in everything if _PASSWORD in text]
    kept = [file for file in root.rglob("*") if file.is_file()]
    assert not [file for file in kept if _PASSWORD.encode() in file.read_bytes()]
