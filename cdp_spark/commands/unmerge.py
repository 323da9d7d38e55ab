"""cdp unmerge: a merge of two customers taken back, with their ids."""

from typing import Annotated

import typer
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from cdp_spark.commands.opened import Conf, LakeFolder, opened, settings_of
from cdp_spark.commands.override import NEXT, Until, Why, decide, last_moment, steward
from cdp_spark.commands.summary import show_figures
from cdp_spark.identity import standing_decisions
from cdp_spark.identity.decisions import NEVER, asserted
from cdp_spark.identity.unmerge import merges_of, parted
from cdp_spark.identity.verdicts import Member, Verdict
from cdp_spark.lake import Lake
from cdp_spark.settings import SettingsRefused
from cdp_spark.tables.identity import DECISION, IDENTIFIER, LINEAGE, LINK
from cdp_spark.terms.ownership import current_links


def unmerge(  # noqa: PLR0913, PLR0917 - the options of a command
    customer: Annotated[str, typer.Argument(help="Id of a customer that was merged.")],
    reason: Why = "",
    until: Until = None,
    conf: Conf = "",
    lake: LakeFolder = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, decide nothing.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Take back a merge: each gets what was theirs before, and who lost an id has it again.

    What came since goes where the evidence leads. It is a decision, so rebuilds keep it, and
    `cdp override withdraw` ends it.
    """
    project = opened(settings_of(conf, lake))
    ledger = project.lake("unmerge")
    if not reason and not dry_run:
        raise SettingsRefused("--reason: say why; those who read the ledger later need it")
    merges = merges_to_undo(ledger, customer)
    expires_at = last_moment(until)
    verdicts = [
        Verdict(NEVER, held_before(ledger, merge), reason, steward(), ledger.run.started_at,
                expires_at)
        for merge in merges
    ]  # fmt: skip
    for verdict in verdicts:
        show_sides(verdict)
    if not dry_run:
        decide(ledger, *verdicts)
    ledger.discard()
    project.close()


def merges_to_undo(ledger: Lake, customer: str) -> list[Row]:
    """The rows of lineage that tell of the last merge in which a customer went into another.

    Raises:
        SettingsRefused: it was not merged, several went into it, or it is decided already.
    """
    # So many went into one customer at most as one has identifiers.
    current = current_links(ledger.read(LINK))
    rows = merges_of(ledger.read(LINEAGE), current, customer).collect()
    if not rows:
        raise SettingsRefused(f"{customer}: no merge of this id holds; see cdp explain customer")
    newest = [row for row in rows if row["recorded_at"] == rows[0]["recorded_at"]]
    if rows[0]["from_customer_id"] != customer and len(rows) > 1:
        ids = ", ".join(f"{row['from_customer_id']} ({row['recorded_at']:%F})" for row in rows[:10])
        raise SettingsRefused(f"{customer}: several went into it; name the one to part: {ids}")
    standing = standing_decisions(ledger.read(DECISION), ledger.run.started_at)
    gone = {row["from_customer_id"] for row in newest}
    decided = asserted(standing).where(F.col("customer_id").isin(list(gone))).first()
    if decided is not None:
        raise SettingsRefused(f"{decided['customer_id']}: is decided already; {NEXT}")
    return newest


def held_before(ledger: Lake, merge: Row) -> list[Member]:
    """Who held what before a merge.

    Raises:
        SettingsRefused: a side has nothing of its own any more.
    """
    at = merge["recorded_at"].astimezone()
    told = (merge["from_customer_id"], merge["to_customer_id"], at)
    rows = _rows(parted(ledger.read(LINK), ledger.read(IDENTIFIER), told))
    found = [Member(row["identifier_key"], row["kind"], row["side"], row["customer_id"])
             for row in rows]  # fmt: skip
    if {one.side for one in found} != {0, 1}:
        raise SettingsRefused(f"{told[0]}: no identifiers of before the merge are its own now")
    return found


def _rows(members: DataFrame) -> list[Row]:
    # Two customers hold at most twice merge.max_ids_per_profile.
    return members.orderBy("side", "kind", "identifier_key").collect()


def show_sides(verdict: Verdict) -> None:
    """Print how many identifiers of each kind go to each side."""
    counts: dict[tuple[int, str], int] = {}
    for one in verdict.members:
        counts[one.side, one.kind] = counts.get((one.side, one.kind), 0) + 1
    given = {one.side: one.customer_id for one in verdict.members}
    lines = [
        (given[side] or "whoever took it", kind, str(count))
        for (side, kind), count in sorted(counts.items())
    ]
    show_figures("Parted", lines, "customer", "kind", "identifiers")
