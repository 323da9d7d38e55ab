"""A throw-away project for files that are tried: its folder, its sources and what came out."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F

from cdp_spark.commands.shared.output import shell_quoted
from cdp_spark.lake import Lake
from cdp_spark.launch import shipped_folder
from cdp_spark.settings import Settings, load
from cdp_spark.tables.audience import MEMBERSHIP
from cdp_spark.tables.gold import CUSTOMER, ORDER
from cdp_spark.tables.silver import EVENT

# Training needs months of outcomes, and nothing is sent from a trial.
STEPS = (
    "ingest_events", "refine_events", "resolve_identities", "build_customers", "build_features",
    "build_audiences", "build_reports",
)  # fmt: skip
_SEGMENTS = {
    "buyers": ("customers with an order", "order_count", ">=", 1),
    "repeat_buyers": ("customers with two orders or more", "order_count", ">=", 2),
}
_LAKE = "lake"
_MOST_CURRENCIES = 20


@dataclass(frozen=True)
class TrialSource:
    """A file that is tried, the name of its source and its proposed entry."""

    file: Path
    name: str
    entry: str


@dataclass(frozen=True)
class TrialResult:
    """What came out of a trial: counts, and orders by currency."""

    events: int
    customers: int
    known: int
    anonymous_orders: int
    orders: Sequence[tuple[str, int, str]] = ()
    segments: Mapping[str, int] = field(default_factory=dict)


def source_names(files: Sequence[Path], taken: Sequence[str] = ()) -> list[str]:
    """A name of a source for each file, after its own; no two are equal, and none is `taken`."""
    names = [*taken]
    for file in files:
        stem = file.name.split(".", maxsplit=1)[0].lower()
        plain = re.sub(r"[^a-z0-9]+", "_", stem).strip("_")
        name = plain if re.match(r"[a-z]", plain) else f"file_{plain}".rstrip("_")
        count = sum(one == name or re.fullmatch(rf"{name}_\d+", one) is not None for one in names)
        names.append(f"{name}_{count + 1}" if count else name)
    return names[len(taken) :]


def trial_folder(
    start: Path, settings: Settings, sources: Sequence[TrialSource], given: dict[str, str]
) -> Path:
    """A new folder with a project that reads the files; settings and jobs are those of `start`.

    `given` are settings of the project: country, currency and time zone. Without a currency there
    is none: amounts have that of their rows only.
    """
    folder = Path(tempfile.mkdtemp(prefix="cdp-try-"))
    for name in ("conf", "jobs"):
        shutil.copytree(start / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(start / "jars.lock", folder)
    if (start / ".jars").is_dir():
        (folder / ".jars").symlink_to((start / ".jars").resolve())
    changes: dict[str, Any] = {"name": "trial", "lake": _LAKE, "workflow": STEPS, "key_file": ""}
    own = settings.project.model_dump(mode="json") | {"currency": "", "country": ""}
    _write(folder, "project", {"project": own | changes | given})
    # Segments need the traits of one day; other days are for training.
    features = settings.features.model_dump(mode="json") | {"days": {"count": 1}}
    _write(folder, "features", {"features": features})
    entries = "".join(one.entry for one in sources)
    (folder / "conf" / "sources.yaml").write_text(f"sources:\n  entries:\n{entries}", "utf-8")
    segments = {
        name: {"description": text, "rule": {"all": [{"trait": trait, "op": op, "value": value}]}}
        for name, (text, trait, op, value) in _SEGMENTS.items()
    }
    _write(folder, "audiences", {"audiences": {"segments": segments}})
    # Settings need a destination; no step of a trial sends anything.
    sent = {"kind": "csv", "segment": "buyers", "purpose": "marketing", "contact": "email",
            "columns": ["customer_id"], "rows_per_file": 1000}  # fmt: skip
    _write(folder, "activation", {"activation": {"destinations": {"none": sent}}})
    for one in sources:
        landing = folder / _LAKE / "landing" / one.name
        landing.mkdir(parents=True)
        _link(one.file.resolve(), landing / one.file.name)
    return folder


def _write(folder: Path, section: str, content: dict[str, Any]) -> None:
    # JSON is YAML.
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (folder / "conf" / f"{section}.yaml").write_text(f"{text}\n", encoding="utf-8")


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # another disk, or a file of another user
        shutil.copy(file, target)


def last_day(lake: Lake, today: date) -> date:
    """The day after the last event, but not after today: a report of old files is not empty."""
    row = lake.read(EVENT).agg(F.max("event_on").alias("last")).collect()[0]
    return min(row["last"] + timedelta(days=1), today) if row["last"] else today


def trial_result(lake: Lake) -> TrialResult:
    """What the steps of a trial have written."""
    orders = lake.read(ORDER).groupBy("currency").agg(
        F.count("*").alias("orders"),
        F.sum("net_amount").alias("net"),
        F.count_if(F.col("customer_id").isNull()).alias("without"),
    )  # fmt: skip
    rows = orders.orderBy(F.desc("orders"), "currency").limit(_MOST_CURRENCIES).collect()
    people = lake.read(CUSTOMER).agg(
        F.count("*").alias("all"), F.count_if("is_known").alias("known")
    ).collect()[0]  # fmt: skip
    members = lake.read(MEMBERSHIP).groupBy("segment").count().limit(len(_SEGMENTS)).collect()
    return TrialResult(
        events=lake.table_count(EVENT),
        customers=people["all"],
        known=people["known"],
        anonymous_orders=sum(row["without"] for row in rows),
        orders=[(row["currency"] or "unknown", row["orders"], _money(row["net"])) for row in rows],
        segments=dict.fromkeys(_SEGMENTS, 0) | {row["segment"]: row["count"] for row in members},
    )


def _money(amount: Any) -> str:
    return "unknown" if amount is None else f"{amount:,.2f}"


def permanent_commands(sources: Sequence[TrialSource], given: Mapping[str, str]) -> list[str]:
    """The commands that make a project of a trial: folder, sources, files and the first run.

    `given` are the trial's country, currency and time zone.
    """
    lake = load(shipped_folder() / "conf").project.lake  # that of a new project
    options = "".join(f" --{name.replace('_', '-')} {value}" for name, value in given.items())
    described = [
        f"cdp init source {one.name} --sample {shell_quoted(one.file.resolve())} --write"
        for one in sources
    ]
    copied = [
        f"cp {shell_quoted(one.file.resolve())} {lake}/landing/{one.name}/" for one in sources
    ]
    return [
        f"cdp init my-project{options} && cd my-project",
        " && ".join(described),
        " && ".join([*copied, "cdp run"]),
    ]
