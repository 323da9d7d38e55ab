import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from cdp_spark.activation import ActivationSettings, DestinationSettings
from cdp_spark.lake import Lake
from cdp_spark.tables.audience import CONSENT, DELIVERY, MEMBERSHIP
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample
from jobs.activate_audience import run

_DAY = date(2025, 1, 31)
_SETTINGS = ActivationSettings(
    destinations={
        "crm": DestinationSettings(
            kind="csv",
            segment="win_back",
            purpose="marketing",
            contact="email",
            columns=("customer_id", "email_sha256"),
            rows_per_file=1000,
        )
    }
)
Opened = Callable[..., Lake]


def word(name: str, *, is_granted: bool) -> dict[str, Any]:
    return {"customer_id": name, "purpose": "marketing", "is_granted": is_granted}


@pytest.fixture
def opened(spark: SparkSession, open_lake: Opened) -> Opened:
    """A lake with four members: two who consented, one who did not, one without an address."""
    members = [{"segment": "win_back", "as_of_on": _DAY, "customer_id": one} for one in "abcd"]
    people = [{"customer_id": one, "email": f"{one}@x.org"} for one in "abc"]
    words = [word(one, is_granted=True) for one in "abd"]
    open_lake().publish(
        {
            MEMBERSHIP: sample(spark, MEMBERSHIP, *members),
            CUSTOMER: sample(spark, CUSTOMER, *people, {"customer_id": "d"}),
            CONSENT: sample(spark, CONSENT, *words),
        }
    )
    return lambda: open_lake(purpose="marketing", as_of=_DAY)


def ledger(lake: Lake) -> dict[str, str | None]:
    return {row["customer_id"]: row["reason"] for row in lake.read(DELIVERY).collect()}


def files(lake: Lake) -> dict[str, bytes]:
    found = sorted(path for path in (Path(lake.root) / "activation").rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in found}


def sent(lake: Lake) -> list[str]:
    folder = Path(lake.root) / "activation" / "crm" / _DAY.isoformat()
    manifest = json.loads((folder / "manifest.json").read_text())
    parts = [folder / manifest["folder"] / name for name in manifest["files"]]
    return [row["customer_id"] for part in parts for row in csv.DictReader(part.open())]


def test_ledger_and_file_agree_and_a_rerun_changes_neither(opened: Opened) -> None:
    run(opened(), _SETTINGS)
    assert ledger(opened()) == {"a": None, "b": None, "c": "no_consent", "d": "no_contact"}
    assert sent(opened()) == ["a", "b"]

    before = files(opened())
    again = opened()
    run(again, _SETTINGS)
    assert files(again) == before
    written = again.ledger.writes[DELIVERY.name]
    assert written["inserted_count"] + written["updated_count"] + written["deleted_count"] == 0


def test_a_consent_withdrawn_after_the_segment_was_built_counts(
    spark: SparkSession, opened: Opened
) -> None:
    run(opened(), _SETTINGS)
    opened().publish({CONSENT: sample(spark, CONSENT, word("a", is_granted=False))})
    run(opened(), _SETTINGS)
    assert ledger(opened())["a"] == "no_consent"
    assert sent(opened()) == ["b"]


def test_a_dry_run_writes_neither_ledger_nor_file(spark: SparkSession, opened: Opened) -> None:
    lake = opened()
    run(Lake(spark, lake.root, replace(lake.run, is_dry=True)), _SETTINGS)
    assert ledger(opened()) == {}
    assert files(lake) == {}
