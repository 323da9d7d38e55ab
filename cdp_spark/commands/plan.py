"""cdp plan: the steps of a run as lines for a scheduler; changes a resolution would make."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.commands.shared.decisions import show_contradictions, steward_name
from cdp_spark.commands.shared.options import AsJson, Conf, LakeFolder, Why
from cdp_spark.commands.shared.output import console, show_table
from cdp_spark.commands.shared.project import Project, open_project, settings_of
from cdp_spark.commands.shared.workflow import selected_steps, submit_line
from cdp_spark.identity import (
    CustomerChanges,
    IdentityInputs,
    RunStamp,
    active_decisions,
    blast_radius_error,
    customer_changes_of,
    resolution_of,
)
from cdp_spark.lake import ContractBroken, Lake
from cdp_spark.semantics.ownership import current_links
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.identity import APPROVAL, DECISION, LINK
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.values.mask import masked

Confirm = Annotated[
    bool, typer.Option("--confirm", help="Allow a run to change this many customers, for a day.")
]
app = typer.Typer(invoke_without_command=True, help="What a run would do.")
_EXAMPLES = 5
_DOWNSTREAM = ("gold.", "features.", "audience.")
_APPROVAL_HOURS = 24


@app.callback()
def plan(
    context: typer.Context,
    conf: Conf = "",
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="STEP[+]", help="A step; STEP+ adds all later ones."),
    ] = None,
) -> None:
    """Print the spark-submit line of each step; the scheduler fills in MASTER and DAY."""
    if context.invoked_subcommand is None:
        names = selected_steps(settings_of(conf).project.workflow, select or [])
        typer.echo("\n".join(submit_line(name, conf) for name in names))


@app.command("identity")
def identity(
    confirm: Confirm = False,  # noqa: FBT002 - a flag
    reason: Why = "",
    conf: Conf = "",
    lake: LakeFolder = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Show how resolving would change customers, without changing anything.

    Exits 3 if the change exceeds merge.blast_radius and is not approved.
    """
    if confirm and not reason:
        raise SettingsInvalid("--reason: missing; give the reason for a change this large")
    project = open_project(settings_of(conf, lake))
    tables = project.lake("plan")
    found, error = planned_changes(project, tables, with_contradictions=not as_json)
    if as_json:
        typer.echo(json.dumps(found))
    else:
        _show(found)
    if confirm:
        store_approval(project, int(found["customers"]), reason)
        found["is_allowed"], error = True, None
    tables.discard()
    project.close()
    if error:
        raise ContractBroken(error)


def planned_changes(
    project: Project, lake: Lake, *, with_contradictions: bool = False
) -> tuple[dict[str, Any], str | None]:
    """The changes resolve_identities would make now: counts, examples and rows downstream.

    Second, why the run may not make them without an approval; None if it may.
    `with_contradictions` also prints decisions that have no effect.
    """
    settings, now = project.settings.identity, lake.run.started_at
    inputs = IdentityInputs(lake.read(SIGHTING), lake.read(LINK), lake.read(DECISION))
    with console.status("resolving …"):
        resolution = resolution_of(inputs, settings, RunStamp(now, lake.run.run_id), lake)
        current = current_links(inputs.links)
        changes = customer_changes_of(resolution.lineage, current)
        affected = lake.materialize("affected", _affected(resolution.links, now))
        examples = _examples(resolution.lineage, lake.read(CUSTOMER))
        downstream = _downstream(lake, affected)
    if with_contradictions:
        active = active_decisions(inputs.decisions, now)
        show_contradictions(active, resolution.edges, resolution.identifiers)
    error = blast_radius_error(changes, settings.merge.blast_radius, lake.read(APPROVAL), now)
    return {
        "plan": "identity",
        **_counts(changes),
        "is_allowed": error is None,
        "examples": examples,
        "downstream": downstream,
    }, error


def _counts(changes: CustomerChanges) -> dict[str, Any]:
    counts = asdict(changes)
    return {**counts.pop("changes"), **counts, "share": round(changes.share, 4)}


def _affected(links: DataFrame, now: datetime) -> DataFrame:
    """customer_id of each customer that would get or lose an identifier."""
    is_new = F.col("recorded_to").isNotNull() | (F.col("recorded_from") == F.lit(now))
    return links.where(is_new).select("customer_id").distinct()


def _examples(lineage: DataFrame, customers: DataFrame) -> list[dict[str, Any]]:
    """The largest changes, with masked names."""
    named = customers.select(
        "customer_id",
        F.concat_ws(" ", masked(F.col("first_name")), masked(F.col("last_name"))).alias("name"),
    )
    ends = [
        named.select(F.col("customer_id").alias(f"{end}_customer_id"), F.col("name").alias(end))
        for end in ("from", "to")
    ]
    shown = (
        lineage.where(F.col("change") != "minted")
        .orderBy(F.desc("identifier_count"), "change_id")
        .limit(_EXAMPLES)
        .join(ends[0], on="from_customer_id", how="left_outer")
        .join(ends[1], on="to_customer_id", how="left_outer")
    )
    names = ("change", "from_customer_id", "from", "to_customer_id", "to", "identifier_count")
    rows = shown.select(*names).collect()
    return sorted((row.asDict() for row in rows), key=lambda row: -row["identifier_count"])


def _downstream(lake: Lake, affected: DataFrame) -> dict[str, int]:
    """Rows of the affected customers in each table downstream of identity."""
    counts = {}
    for name, table in sorted(TABLES.items()):
        if name.startswith(_DOWNSTREAM) and table.subject == "customer_id":
            rows = lake.read(table).select("customer_id")
            counts[name] = rows.join(affected, on="customer_id", how="left_semi").count()
    return {name: count for name, count in counts.items() if count}


def store_approval(project: Project, customers: int, reason: str) -> None:
    """Approve runs of the next day that change this many customers."""
    ledger = project.lake("approve")
    at = ledger.run.started_at
    approval = (customers, reason, steward_name(), at, at + timedelta(hours=_APPROVAL_HOURS))
    approval_id = hashlib.sha256("\x1f".join(map(str, approval)).encode()).hexdigest()[:32]
    rows = ledger.spark.createDataFrame([(approval_id, *approval)], APPROVAL.schema)
    ledger.merge(APPROVAL, rows)
    ledger.finish(0.0)
    ledger.discard()
    console.print(f"approved for a day: a run may change {customers:,} customers")


def _show(found: dict[str, Any]) -> None:
    changes = ("merged", "split", "moved", "retired", "customers", "known", "share")
    show_table(
        "Changes by resolving", [(one, str(found[one])) for one in changes], "change", "count"
    )
    _show_rows("Examples", found["examples"])
    rows = [(name, f"{count:,}") for name, count in found["downstream"].items()]
    show_table("Rows that would be rebuilt", rows or [("none", "0")], "table", "rows")


def _show_rows(title: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        lines = [tuple(str(value or "") for value in row.values()) for row in rows]
        show_table(title, lines, *rows[0])
