import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from cdp_spark.commands.shared.project import settings_of
from cdp_spark.lake import Lake
from cdp_spark.sources.settings import SourcesSettings
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import REJECTED
from tests.commands.conftest import Cdp

# They alone reject; a run shows what waits whatever its steps.
_STEPS = ("--select", "ingest_events", "--select", "refine_events")
_RAW = b'{"messageId": "m7", "email": "ana@shop.example"'


def test_records_that_wait_are_counted_by_source_reason_and_field(
    spark: SparkSession,
    open_lake: Callable[..., Lake],
    cdp: Cdp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = [
        ("web", "not_json", False, _RAW),
        ("web", "not_json", False, _RAW + b"}"),
        ("shop", "bad_amount", False, b'{"Summe (EUR)": "7;x"}'),
        ("shop", "bad_amount", True, b"8;x"),
    ]
    rows = [
        {"record_id": str(number), "source": source, "reason": reason, "is_replayed": replayed,
         "raw": raw, "detail": None}
        for number, (source, reason, replayed, raw) in enumerate(records)
    ]  # fmt: skip
    lake = open_lake()
    lake.append_once(REJECTED, sample(spark, REJECTED, *rows), "test", 1)
    shop = {"name": "shop", "format": "csv", "path": "shop", "columns": {"amount": "Summe (EUR)"}}
    sources = SourcesSettings.model_validate({"entries": (shop,)})
    settings = settings_of("", lake.root).model_copy(update={"sources": sources})
    monkeypatch.setattr("cdp_spark.commands.rejected.settings_of", lambda *_: settings)
    found = json.loads(cdp("rejected", "--lake", lake.root, "--json").stdout)
    assert {one["source"]: (one["record_count"], one["replay"]) for one in found} == {
        "web": (2, "cdp replay --source web --reason not_json"),
        "shop": (1, "cdp replay --source shop --reason bad_amount"),
    }
    named = '{"Summe (EUR)": "9;x"}'  # as in the settings
    assert named in [one["example"] for one in found]
    shown = cdp("rejected", "--lake", lake.root).stdout
    assert "ana" not in shown
    assert "bad_amount" in shown
    nothing = cdp("rejected", "--lake", lake.root, "--source", "app").stdout
    assert "no rejected records wait" in nothing


def _limited(project: Path, share: float) -> None:
    file = project / "conf" / "project.yaml"
    settings: dict[str, Any] = yaml.safe_load(file.read_text())
    settings["project"]["rejected_limit"] = share
    file.write_text(yaml.safe_dump(settings))


def _with_report(project: Path) -> None:
    folder = project / ".lake" / "world" / "reports"
    folder.mkdir()
    (folder / "index.html").write_text("of an earlier run")


def test_rejections_are_shown_by_each_run_until_they_are_mended_or_dismissed(
    spark: SparkSession, cdp: Cdp, project: Path
) -> None:
    assert spark.version
    _limited(project, 0.4)
    folder = project / ".lake" / "world" / "landing" / "web"
    good = {"messageId": "m1", "type": "page", "anonymousId": "a",
            "timestamp": "2025-01-31T10:00:00Z"}  # fmt: skip
    (folder / "a.jsonl").write_text(f"{json.dumps(good)}\n" * 3 + "no json\n")
    (folder / "torn.jsonl.gz").write_bytes(b"\x1f\x8b\x08\0\0")
    _with_report(project)
    first = cdp("run", *_STEPS)
    assert first.exit_code == 5
    for word in ("torn.jsonl.gz", "not_json", "report: "):
        assert word in first.output
    again = cdp("run", *_STEPS)
    assert again.exit_code == 5
    assert "broken_archive" in again.output
    (folder / "torn.jsonl.gz").unlink()
    dismissed = cdp("rejected", "--dismiss", "--source", "web", "--reason", "broken_archive")
    assert "dismissed: 0 records and 1 files" in dismissed.output
    mended = cdp("run", *_STEPS)
    assert mended.exit_code == 0  # one record of four is below the limit, but it is still shown
    assert "not_json" in mended.output
    assert "broken_archive" not in mended.output
    cdp("rejected", "--dismiss")
    quiet = cdp("run", *_STEPS)
    assert "not_json" not in quiet.output
    assert "no rejected records wait" in cdp("rejected").output
