"""cdp override: what a steward says of identifiers, kept in a ledger that rebuilds obey."""

import getpass
import os
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal

import typer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.commands.named import named_identifiers, shown
from cdp_spark.commands.opened import Conf, LakeFolder, Opened, moment, opened, settings_of, talk
from cdp_spark.commands.summary import show_figures
from cdp_spark.identity import standing_decisions
from cdp_spark.identity.blocks import OWN
from cdp_spark.identity.decisions import ALIAS, ALWAYS, BYPASS, NEVER, WITHDRAWN
from cdp_spark.identity.verdicts import Member, Verdict, contradictions_of
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsRefused
from cdp_spark.tables.identity import DECISION, EDGE, IDENTIFIER

Verb = Literal["always", "never", "bypass", "alias", "withdraw", "list"]
NEXT = "see what it changes: cdp plan identity; do it: cdp run --select resolve_identities+"
_LEAST = {ALWAYS: 2, NEVER: 2, ALIAS: 2, BYPASS: 1}
Names = Annotated[
    list[str] | None,
    typer.Argument(help="KIND:VALUE, as email:ana@shop.org; of withdraw a decision's id."),
]
Why = Annotated[str, typer.Option("--reason", help="Why; without personal values.")]
Until = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="Last day it holds; else for good."),
]


def override(  # noqa: PLR0913, PLR0917 - the options of a command
    verb: Annotated[Verb, typer.Argument(help="What is said of them.", show_choices=True)],
    names: Names = None,
    reason: Why = "",
    until: Until = None,
    conf: Conf = "",
    lake: LakeFolder = "",
) -> None:
    """Decide of identifiers what evidence can't; rebuilds obey, and never wins over always.

    always: one person's, whatever events show. never: no two of them one person's; the weakest
    evidence between them is cut. bypass: nobody's, as a shop's own number. alias: one name in
    several ways, as two user ids of one account. withdraw: a decision holds no longer. list: those
    that hold.
    """
    project = opened(settings_of(conf, lake))
    ledger = project.lake("override")
    if verb == "list":
        show_decisions(ledger)
    elif not reason:
        raise SettingsRefused("--reason: say why; those who read the ledger later need it")
    elif verb == "withdraw":
        decide(ledger, withdrawal(ledger, names or [], reason))
    else:
        found = members(project, ledger, verb, names or [])
        expires_at = last_moment(until)
        decide(ledger, Verdict(verb, found, reason, steward(), ledger.run.started_at, expires_at))
    ledger.discard()
    project.close()


def members(project: Opened, ledger: Lake, verb: str, names: Sequence[str]) -> list[Member]:
    """What is named, each once; of `never` each is a side of its own.

    Raises:
        SettingsRefused: too few, or one that can't be an identifier.
    """
    named = list(dict.fromkeys(named_identifiers(project, ledger, names)))
    if len(named) < _LEAST[verb]:
        raise SettingsRefused(f"override {verb}: name at least {_LEAST[verb]} identifiers")
    is_apart = verb == NEVER
    return [
        Member(one.identifier_key, one.kind, side if is_apart else 0)
        for side, one in enumerate(named)
    ]


def withdrawal(ledger: Lake, names: Sequence[str], reason: str) -> Verdict:
    """The end of one decision.

    Raises:
        SettingsRefused: not one id was given, or no decision that holds has it.
    """
    asked = names[0] if len(names) == 1 else ""
    standing = standing_decisions(ledger.read(DECISION), ledger.run.started_at)
    rows = standing.where(F.col("decision_id") == asked).collect()
    if not rows:
        raise SettingsRefused("override withdraw: give the id of a decision that holds; see list")
    ended = [Member(row["identifier_key"], row["kind"], row["side"]) for row in rows]
    at = ledger.run.started_at
    return Verdict(WITHDRAWN, ended, reason, steward(), at, None, asked)


def steward() -> str:
    """Who decides: CDP_STEWARD, or the name they are logged in by."""
    return os.environ.get("CDP_STEWARD") or getpass.getuser()


def last_moment(until: datetime | None) -> datetime | None:
    """The end of a day, UTC.

    Raises:
        SettingsRefused: the day is over.
    """
    if until is None:
        return None
    end = datetime.combine(until.date() + timedelta(days=1), time(), UTC)
    if end <= moment():
        raise SettingsRefused(f"--until {until:%Y-%m-%d}: is over; name a day to come")
    return end


def decide(ledger: Lake, *verdicts: Verdict) -> None:
    """Write decisions down; say what no event shows yet, and what comes next."""
    rows = [row for verdict in verdicts for row in verdict.rows()]
    ledger.merge(DECISION, ledger.spark.createDataFrame(rows, DECISION.schema))
    ledger.finish(0.0)
    for verdict in verdicts:
        told = ", ".join(shown(one.kind, one.identifier_key) for one in verdict.members[:6])
        more = len(verdict.members) - 6
        rest = f" and {more} more" if more > 0 else ""
        talk.print(f"{verdict.verdict} {told}{rest}: decision {verdict.decision_id}")
    keys = ledger.spark.createDataFrame(rows, DECISION.schema)
    unseen = keys.join(ledger.read(IDENTIFIER), on="identifier_key", how="left_anti").limit(6)
    for row in unseen.collect():
        talk.print(f"no event shows {shown(row['kind'], row['identifier_key'])} yet")
    talk.print(NEXT)


def show_decisions(ledger: Lake) -> None:
    """Print the decisions that hold, and which joins the evidence or another one contradicts."""
    standing = standing_decisions(ledger.read(DECISION), ledger.run.started_at)
    told = standing.groupBy(
        "decision_id", "verdict", "reason", "decided_by", "decided_at", "expires_at"
    ).agg(F.count("*").alias("identifiers"))
    # Decisions are made by hand: the newest thousand are more than anybody reads.
    lines = [
        (row["decision_id"], row["verdict"], str(row["identifiers"]), row["decided_by"],
         f"{row['decided_at']:%Y-%m-%d}",
         f"{row['expires_at']:%Y-%m-%d}" if row["expires_at"] else "for good", row["reason"])
        for row in told.orderBy(F.desc("decided_at"), "decision_id").limit(1_000).collect()
    ]  # fmt: skip
    heads = ("decision", "verdict", "identifiers", "by", "since", "until", "reason")
    show_figures("Decisions that hold", lines, *heads)
    show_contradictions(standing, ledger.read(EDGE), ledger.read(IDENTIFIER))


def show_contradictions(standing: DataFrame, edges: DataFrame, identifiers: DataFrame) -> None:
    """Print what was decided and has no effect, with the reason, if there is any.

    Joins that a never or a limit undid; sides of a never that are nobody's own, so that time tells
    whose they are.
    """
    lost = contradictions_of(edges).limit(20).collect()
    if lost:
        lines = [
            (shown(row["left_kind"], row["left_key"]), shown(row["right_kind"], row["right_key"]),
             row["rule"], row["reason"])
            for row in lost
        ]  # fmt: skip
        show_figures("Decided, but not joined", lines, "one", "other", "verdict", "why not")
    foreign = identifiers.where(F.col("role") != OWN).select("identifier_key", "role")
    sides = standing.where(F.col("verdict") == NEVER).join(
        foreign, on="identifier_key", how="inner"
    )
    if void := sides.limit(20).collect():
        told = [(row["decision_id"], shown(row["kind"], row["identifier_key"]), row["role"])
                for row in void]  # fmt: skip
        show_figures("Never, but nobody's own", told, "decision", "identifier", "role")
