import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.activation import ActivationSettings, DestinationSettings, deliver
from cdp_spark.activation.plan import planned_deliveries
from cdp_spark.tables.audience import CONSENT, MEMBERSHIP
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample

_DAY = date(2025, 3, 1)
_SETTINGS = ActivationSettings(
    destinations={
        "crm": DestinationSettings(
            kind="csv",
            segment="win_back",
            purpose="marketing",
            contact="email",
            columns=("customer_id", "first_name", "segment"),
            rows_per_file=1000,
        )
    }
)


def planned(spark: SparkSession, consenting: tuple[str, ...]) -> tuple[DataFrame, DataFrame]:
    ids = ("c", "a", "b")
    people: list[dict[str, Any]] = [
        {"customer_id": one, "email": f"{one}@x.org", "first_name": one.upper()} for one in ids
    ]
    customers = sample(spark, CUSTOMER, *people)
    members = [{"segment": "win_back", "as_of_on": _DAY, "customer_id": one} for one in ids]
    words: list[dict[str, Any]] = [
        {"customer_id": one, "purpose": "marketing", "is_granted": True} for one in consenting
    ]
    deliveries = planned_deliveries(
        sample(spark, MEMBERSHIP, *members),
        customers,
        sample(spark, CONSENT, *words),
        _SETTINGS,
        _DAY,
    )
    return deliveries, customers


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def rows(folder: Path) -> list[dict[str, str]]:
    manifest = json.loads((folder / "manifest.json").read_text())
    parts = [folder / manifest["folder"] / name for name in manifest["files"]]
    return [row for part in parts for row in csv.DictReader(part.open(newline=""))]


def test_file_and_ledger_agree(spark: SparkSession, tmp_path: Path) -> None:
    deliveries, customers = planned(spark, ("a", "c"))
    [receipt] = deliver(deliveries, customers, _SETTINGS, str(tmp_path), _DAY)

    folder = tmp_path / "activation" / "crm" / "2025-03-01"
    written = {row["customer_id"] for row in deliveries.where("is_written").collect()}
    assert [row["customer_id"] for row in rows(folder)] == sorted(written) == ["a", "c"]
    assert rows(folder)[0] == {"customer_id": "a", "first_name": "A", "segment": "win_back"}
    assert receipt.row_count == 2
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["row_count"] == 2
    assert manifest["purpose"] == "marketing"


def test_a_rerun_leaves_the_same_bytes_and_a_withdrawn_consent_leaves_none(
    spark: SparkSession, tmp_path: Path
) -> None:
    deliveries, customers = planned(spark, ("a", "c"))
    deliver(deliveries, customers, _SETTINGS, str(tmp_path), _DAY)
    first = files(tmp_path)
    deliver(deliveries, customers, _SETTINGS, str(tmp_path), _DAY)
    assert files(tmp_path) == first

    deliveries, customers = planned(spark, ())
    deliver(deliveries, customers, _SETTINGS, str(tmp_path), _DAY)
    folder = tmp_path / "activation" / "crm" / "2025-03-01"
    assert rows(folder) == []
    last = files(tmp_path)
    assert not any(b'"a"' in content or b'"c"' in content for content in last.values())
    assert [name for name in last if name.endswith(".csv")] != []
