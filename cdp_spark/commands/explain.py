"""cdp explain: why identifiers belong, or do not belong, to one customer."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

import typer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.commands.shared.identifiers import Named, named_identifiers, shown
from cdp_spark.commands.shared.options import AsJson, AsOf, Conf, LakeFolder
from cdp_spark.commands.shared.output import console, show_table
from cdp_spark.commands.shared.project import Project, open_project, settings_of
from cdp_spark.identity.evidence.paths import strongest_path
from cdp_spark.identity.states import LIVE
from cdp_spark.lake import Lake
from cdp_spark.semantics.ownership import current_links
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import DECISION, EDGE, IDENTIFIER, LINEAGE, LINK

app = typer.Typer(no_args_is_help=True, help="Why identifiers belong to one customer, or do not.")
Identifier = Annotated[str, typer.Argument(help="KIND:VALUE, as email:ana@shop.org.")]
_MOST_ROWS = 1_000
_MOST_EDGES = 20_000


@app.command("edge")
def edge(
    one: Identifier, other: Identifier, conf: Conf = "", lake: LakeFolder = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:  # fmt: skip
    """Show the path of evidence that joins two identifiers, or what separates them."""
    project = open_project(settings_of(conf, lake))
    tables = project.lake("explain")
    ends = named_identifiers(project, tables, [one, other])
    found = edge_explanation(tables, *ends)
    if as_json:
        typer.echo(json.dumps(found, default=str))
    else:
        _show_edge(found)
    tables.discard()
    project.close()


@app.command("customer")
def customer(
    name: Annotated[str, typer.Argument(help="Customer id, or KIND:VALUE of an identifier.")],
    conf: Conf = "",
    lake: LakeFolder = "",
    as_of: AsOf = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Show a customer's identifiers, since when, how certain, and the history of its id.

    --as-of shows what was known at the end of that day.
    """
    project = open_project(settings_of(conf, lake))
    tables = project.lake("explain")
    links = links_as_of(tables.read(LINK), as_of)
    found = customer_explanation(tables, links, customer_id_of(project, tables, links, name))
    if as_json:
        typer.echo(json.dumps(found, default=str))
    else:
        _show_customer(found)
    tables.discard()
    project.close()


def links_as_of(links: DataFrame, day: datetime | None) -> DataFrame:
    """The links that are current now, or were at the end of a day."""
    if day is None:
        return current_links(links)
    end = F.lit(datetime.combine(day.date() + timedelta(days=1), time(), UTC))
    was_open = F.col("recorded_to").isNull() | (F.col("recorded_to") >= end)
    return links.where((F.col("recorded_from") < end) & was_open)


def customer_id_of(project: Project, lake: Lake, links: DataFrame, name: str) -> str:
    """The customer id given, or that of an identifier's latest owner.

    Raises:
        SettingsInvalid: no customer owns the identifier.
    """
    if ":" not in name:
        return name
    [identifier] = named_identifiers(project, lake, [name])
    held = links.where(F.col("identifier_key") == identifier.identifier_key)
    row = held.orderBy(F.desc("valid_from"), "customer_id").first()
    if row is None:
        raise SettingsInvalid(
            f"{identifier.kind}: no event shows it, or no customer owns it; check kind and value"
        )
    return str(row["customer_id"])


def edge_explanation(lake: Lake, one: Named, other: Named) -> dict[str, Any]:
    """The customers of two identifiers, and the path of evidence or what separates them."""
    edges, links = lake.read(EDGE), current_links(lake.read(LINK))
    holders = [_holders(links, end) for end in (one, other)]
    ends_shown = {"identifiers": [_role(lake, end) for end in (one, other)], "customers": holders}
    is_one = set(holders[0]) == set(holders[1]) and len(holders[0]) == 1
    keys = links.where(F.col("customer_id").isin(holders[0] + holders[1])).select("identifier_key")
    ends = lake.spark.createDataFrame([(one.identifier_key,), (other.identifier_key,)], keys.schema)
    near = lake.materialize("near", keys.unionByName(ends).distinct())
    rows = _rows(_between(edges, near).orderBy(F.desc("weight")), _MOST_EDGES)
    live = [row for row in rows if row["state"] == LIVE]
    path = strongest_path(live, one.identifier_key, other.identifier_key) if is_one else []
    blocked_path = [] if path else strongest_path(rows, one.identifier_key, other.identifier_key)
    return ends_shown | {
        "is_one_customer": is_one,
        "path": [_edge_row(row) for row in path],
        "not_followed": [_edge_row(row) for row in blocked_path if row["state"] != LIVE],
        "decisions": _decisions(lake, near.where(F.col("identifier_key").isin(
            one.identifier_key, other.identifier_key))),
    }  # fmt: skip


def customer_explanation(lake: Lake, links: DataFrame, customer_id: str) -> dict[str, Any]:
    """A customer's identifiers, weakest evidence, decisions and the history of its id.

    Raises:
        SettingsInvalid: no customer has or had this id.
    """
    mine = links.where(F.col("customer_id") == customer_id)
    held = _rows(mine.orderBy(F.desc("confidence"), "kind", "identifier_key", "valid_from"))
    is_named = (F.col("from_customer_id") == customer_id) | (F.col("to_customer_id") == customer_id)
    changes = _rows(lake.read(LINEAGE).where(is_named).orderBy("recorded_at", "change_id"))
    if not held and not changes:
        raise SettingsInvalid(
            f"{customer_id}: no such customer; name one by KIND:VALUE of an identifier"
        )
    keys = lake.materialize("mine", mine.select("identifier_key").distinct())
    weakest = _between(lake.read(EDGE).where(F.col("state") == LIVE), keys).orderBy("weight")
    return {
        "customer_id": customer_id,
        "identifiers": [
            {"identifier": shown(row["kind"], row["identifier_key"])}
            | {name: row[name] for name in ("confidence", "valid_from", "valid_to")}
            for row in held
        ],
        "weakest_evidence": [_edge_row(row) for row in _rows(weakest.limit(3))],
        "changes": [
            {name: row[name] for name in
             ("recorded_at", "change", "from_customer_id", "to_customer_id", "identifier_count")}
            for row in changes
        ],
        "decisions": _decisions(lake, keys),
    }  # fmt: skip


def _rows(rows: DataFrame, most: int = _MOST_ROWS) -> list[dict[str, Any]]:
    """At most `most` rows; a customer has at most merge.max_ids_per_profile identifiers."""
    return [row.asDict() for row in rows.limit(most).collect()]


def _holders(links: DataFrame, end: Named) -> list[str]:
    held = links.where(F.col("identifier_key") == end.identifier_key)
    rows = held.select("customer_id").distinct().orderBy("customer_id").limit(_MOST_ROWS).collect()
    return [row["customer_id"] for row in rows]


def _role(lake: Lake, end: Named) -> dict[str, Any]:
    seen = lake.read(IDENTIFIER).where(F.col("identifier_key") == end.identifier_key).first()
    role = {"role": None, "reason": "no event shows it"} if seen is None else seen.asDict()
    return {"identifier": str(end), "role": role["role"], "reason": role["reason"]}


def _between(edges: DataFrame, keys: DataFrame) -> DataFrame:
    for end in ("left", "right"):
        ends = keys.withColumnRenamed("identifier_key", f"{end}_key")
        edges = edges.join(ends, on=f"{end}_key", how="left_semi")
    return edges


def _edge_row(edge: dict[str, Any]) -> dict[str, Any]:
    names = ("rule", "source", "event_count", "first_seen_at", "last_seen_at", "confidence",
             "weight", "state", "reason")  # fmt: skip
    ends = {end: shown(edge[f"{end}_kind"], edge[f"{end}_key"]) for end in ("left", "right")}
    return ends | {name: edge[name] for name in names}


def _decisions(lake: Lake, keys: DataFrame) -> list[dict[str, Any]]:
    made = lake.read(DECISION).join(keys, on="identifier_key", how="left_semi")
    names = ("decision_id", "decision", "reason", "decided_by", "decided_at", "expires_at",
             "withdraws")  # fmt: skip
    return _rows(made.select(*names).distinct().orderBy("decided_at", "decision_id"))


def _show_edge(found: dict[str, Any]) -> None:
    _show("Identifiers", found["identifiers"])
    if found["is_one_customer"]:
        console.print(f"one customer: {found['customers'][0][0]}")
    else:
        console.print(f"not one customer: {found['customers'][0]} and {found['customers'][1]}")
    _show("Strongest path of evidence", _narrow(found["path"]))
    _show("Evidence not followed", _narrow(found["not_followed"]))
    _show("Decisions", found["decisions"])


def _show_customer(found: dict[str, Any]) -> None:
    console.print(f"customer {found['customer_id']}")
    _show("Identifiers", found["identifiers"])
    _show("Weakest evidence", _narrow(found["weakest_evidence"]))
    _show("History of the id", found["changes"])
    _show("Decisions", found["decisions"])


def _narrow(evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Evidence in few columns: a terminal is 80 wide."""
    return [
        {
            "identifiers": f"{one['left']}\n{one['right']}",
            "rule": f"{one['rule']}\n{one['source']}",
            "events": one["event_count"],
            "first and last": f"{_text(one['first_seen_at'])}\n{_text(one['last_seen_at'])}",
            "confidence": one["confidence"],
            "state": one["state"] if one["reason"] is None else f"{one['state']}: {one['reason']}",
        }
        for one in evidence
    ]


def _show(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows, without the columns that are empty in all of them."""
    heads = [name for name in (rows[0] if rows else ()) if any(row[name] for row in rows)]
    if heads:
        show_table(title, [tuple(_text(row[name]) for name in heads) for row in rows], *heads)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
