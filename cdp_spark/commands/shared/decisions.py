"""Decisions of stewards: recorded, and printed where they have no effect."""

import getpass
import os
from datetime import UTC, datetime, time, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.commands.shared.identifiers import shown
from cdp_spark.commands.shared.output import console, show_table
from cdp_spark.commands.shared.project import moment
from cdp_spark.identity.states import OWN
from cdp_spark.identity.stewardship.decision import Decision, contradicted_edges
from cdp_spark.identity.stewardship.decisions import NEVER
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import DECISION, IDENTIFIER

NEXT = "preview the changes: cdp plan identity; apply: cdp run --select resolve_identities+"


def steward_name() -> str:
    """The steward's name: CDP_STEWARD, or the login name."""
    return os.environ.get("CDP_STEWARD") or getpass.getuser()


def end_of_day(until: datetime | None) -> datetime | None:
    """The end of the day, UTC.

    Raises:
        SettingsInvalid: the day has passed.
    """
    if until is None:
        return None
    end = datetime.combine(until.date() + timedelta(days=1), time(), UTC)
    if end <= moment():
        raise SettingsInvalid(f"--until {until:%Y-%m-%d}: has passed; name a future day")
    return end


def decide(ledger: Lake, *decisions: Decision) -> None:
    """Store decisions; print identifiers that no event shows yet, and the next commands."""
    rows = [row for decision in decisions for row in decision.rows()]
    ledger.merge(DECISION, ledger.spark.createDataFrame(rows, DECISION.schema))
    ledger.finish(0.0)
    for decision in decisions:
        names = ", ".join(shown(one.kind, one.identifier_key) for one in decision.members[:6])
        more = len(decision.members) - 6
        rest = f" and {more} more" if more > 0 else ""
        console.print(f"{decision.decision} {names}{rest}: decision {decision.decision_id}")
    keys = ledger.spark.createDataFrame(rows, DECISION.schema)
    unseen = keys.join(ledger.read(IDENTIFIER), on="identifier_key", how="left_anti").limit(6)
    for row in unseen.collect():
        console.print(f"no event shows {shown(row['kind'], row['identifier_key'])} yet")
    console.print(NEXT)


def show_contradictions(active: DataFrame, edges: DataFrame, identifiers: DataFrame) -> None:
    """Print decisions without effect, with the reason, if there are any.

    Joins that a `never` or a limit cut; identifiers of a `never` that are shared or generic, whose
    customer depends on the time of the event.
    """
    cut = contradicted_edges(edges).limit(20).collect()
    if cut:
        lines = [
            (shown(row["left_kind"], row["left_key"]), shown(row["right_kind"], row["right_key"]),
             row["rule"], row["reason"])
            for row in cut
        ]  # fmt: skip
        show_table("Decided, but not joined", lines, "one", "other", "decision", "reason")
    not_own = identifiers.where(F.col("role") != OWN).select("identifier_key", "role")
    sides = active.where(F.col("decision") == NEVER).join(not_own, on="identifier_key", how="inner")
    if unowned := sides.limit(20).collect():
        rows = [(row["decision_id"], shown(row["kind"], row["identifier_key"]), row["role"])
                 for row in unowned]  # fmt: skip
        show_table("Never, but shared or generic", rows, "decision", "identifier", "role")
