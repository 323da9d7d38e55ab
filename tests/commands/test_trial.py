"""`cdp try` on three unlike files: from rows to customers, segments and the report."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyspark.sql import SparkSession

from cdp_spark.launch import shipped_folder
from tests.commands.conftest import Cdp

_ORDERS = [(f"O{n}", f"2025-03-{1 + n:02}T10:00:00Z", f"c{n % 8}@posta.invalid") for n in range(20)]


def _files(folder: Path) -> list[str]:
    lines = ["order_id;created_at;email;total;currency"]
    lines += [f"{number};{at};{email};12.50;TRY" for number, at, email in _ORDERS]
    lines += ["O99;;c1@posta.invalid;1;TRY"]  # without a time
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")
    pages = [
        {"messageId": f"m{n}", "type": "page", "anonymousId": f"a{n}",
         "timestamp": "2025-03-02T09:00:00Z",
         "context": {"traits": {"email": f"c{n}@posta.invalid"}}}
        for n in range(10)
    ]  # fmt: skip
    (folder / "web.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in pages))
    table = {
        "customer_no": [str(n) for n in range(12)],
        "email": [f"c{n}@posta.invalid" for n in range(12)],
        "registered_at": [datetime(2025, 1, 1 + n, tzinfo=UTC) for n in range(12)],
    }
    parquet.write_table(pa.table(table), folder / "customers.parquet")
    return [str(folder / name) for name in ("orders.csv", "web.jsonl", "customers.parquet")]


def test_three_unlike_files_become_customers_and_the_project_stays_as_it_was(
    spark: SparkSession, cdp: Cdp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spark.version
    monkeypatch.setenv("CDP_HOME", str(shipped_folder()))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shown = " ".join(cdp("try", *_files(tmp_path)).stdout.split())
    for format_ in ("csv", "segment", "parquet"):
        assert f"format: {format_}" in shown
    assert "42 events of 12 customers, 12 of them known" in shown
    assert "20 orders, net 250.00 TRY" in shown
    assert "segment buyers: 8" in shown
    assert "unreadable_time" in shown
    assert "cdp init my-project && cd my-project" in shown
    assert f"cdp init source orders --sample {tmp_path}/orders.csv --write" in shown
    (page,) = tmp_path.glob("cdp-try-*/lake/reports/index.html")
    assert "1 rejected" in page.read_text()
