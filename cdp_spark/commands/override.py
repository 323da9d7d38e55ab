"""cdp override: a steward's decisions on identifiers; rebuilds apply them."""

from collections.abc import Sequence
from typing import Annotated, Literal

import typer
from pyspark.sql import functions as F

from cdp_spark.commands.shared.decisions import (
    decide,
    end_of_day,
    show_contradictions,
    steward_name,
)
from cdp_spark.commands.shared.identifiers import named_identifiers
from cdp_spark.commands.shared.options import Conf, LakeFolder, Until, Why
from cdp_spark.commands.shared.output import show_table
from cdp_spark.commands.shared.project import Project, open_project, settings_of
from cdp_spark.identity import active_decisions
from cdp_spark.identity.stewardship.decision import Decision, Member
from cdp_spark.identity.stewardship.decisions import ALIAS, ALWAYS, BYPASS, NEVER, WITHDRAWN
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import DECISION, EDGE, IDENTIFIER

Verb = Literal["always", "never", "bypass", "alias", "withdraw", "list"]
_LEAST = {ALWAYS: 2, NEVER: 2, ALIAS: 2, BYPASS: 1}
Names = Annotated[
    list[str] | None,
    typer.Argument(help="KIND:VALUE, as email:ana@shop.org; for withdraw, a decision id."),
]


def override(  # noqa: PLR0913, PLR0917 - the options of a command
    verb: Annotated[Verb, typer.Argument(help="What to decide.", show_choices=True)],
    names: Names = None,
    reason: Why = "",
    until: Until = None,
    conf: Conf = "",
    lake: LakeFolder = "",
) -> None:
    """Record a decision on identifiers. Rebuilds apply decisions; `never` overrides `always`.

    always: they belong to one person, whatever the events show. never: no two of them belong to one
    person; the weakest evidence between them is cut. bypass: they belong to no person, as a shop's
    own number. alias: they are one identifier, as two user ids of one account. withdraw: end a
    decision. list: show the active decisions.
    """
    project = open_project(settings_of(conf, lake))
    ledger = project.lake("override")
    if verb == "list":
        show_decisions(ledger)
    elif not reason:
        raise SettingsInvalid("--reason: missing; give one, it is stored with the decision")
    elif verb == "withdraw":
        decide(ledger, withdrawal(ledger, names or [], reason))
    else:
        found = named_members(project, ledger, verb, names or [])
        expires_at = end_of_day(until)
        decide(
            ledger, Decision(verb, found, reason, steward_name(), ledger.run.started_at, expires_at)
        )
    ledger.discard()
    project.close()


def named_members(project: Project, ledger: Lake, verb: str, names: Sequence[str]) -> list[Member]:
    """The identifiers named, each once; for `never`, each on its own side.

    Raises:
        SettingsInvalid: too few identifiers, or an invalid one.
    """
    named = list(dict.fromkeys(named_identifiers(project, ledger, names)))
    if len(named) < _LEAST[verb]:
        raise SettingsInvalid(
            f"override {verb}: expected at least {_LEAST[verb]} identifiers, found {len(named)}"
        )
    has_sides = verb == NEVER
    return [
        Member(one.identifier_key, one.kind, side if has_sides else 0)
        for side, one in enumerate(named)
    ]


def withdrawal(ledger: Lake, names: Sequence[str], reason: str) -> Decision:
    """The decision that ends one decision.

    Raises:
        SettingsInvalid: not exactly one id, or no active decision has it.
    """
    decision_id = names[0] if len(names) == 1 else ""
    active = active_decisions(ledger.read(DECISION), ledger.run.started_at)
    rows = active.where(F.col("decision_id") == decision_id).collect()
    if not rows:
        raise SettingsInvalid(
            "override withdraw: expected the id of an active decision; see cdp override list"
        )
    ended = [Member(row["identifier_key"], row["kind"], row["side"]) for row in rows]
    at = ledger.run.started_at
    return Decision(WITHDRAWN, ended, reason, steward_name(), at, None, decision_id)


def show_decisions(ledger: Lake) -> None:
    """Print the active decisions, and those that evidence or other decisions contradict."""
    active = active_decisions(ledger.read(DECISION), ledger.run.started_at)
    decisions = active.groupBy(
        "decision_id", "decision", "reason", "decided_by", "decided_at", "expires_at"
    ).agg(F.count("*").alias("identifiers"))
    # Decisions are made by hand: the newest thousand are enough to read.
    lines = [
        (row["decision_id"], row["decision"], str(row["identifiers"]), row["decided_by"],
         f"{row['decided_at']:%Y-%m-%d}",
         f"{row['expires_at']:%Y-%m-%d}" if row["expires_at"] else "no end", row["reason"])
        for row in decisions.orderBy(F.desc("decided_at"), "decision_id").limit(1_000).collect()
    ]  # fmt: skip
    heads = ("id", "decision", "identifiers", "by", "since", "until", "reason")
    show_table("Active decisions", lines, *heads)
    show_contradictions(active, ledger.read(EDGE), ledger.read(IDENTIFIER))
