"""cdp unmerge: undo a merge of two customers and restore their ids."""

from typing import Annotated

import typer
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from cdp_spark.commands.shared.decisions import NEXT, decide, end_of_day, steward_name
from cdp_spark.commands.shared.options import Conf, LakeFolder, Until, Why
from cdp_spark.commands.shared.output import show_table
from cdp_spark.commands.shared.project import open_project, settings_of
from cdp_spark.identity import active_decisions
from cdp_spark.identity.stewardship.decision import Decision, Member
from cdp_spark.identity.stewardship.decisions import NEVER, asserted
from cdp_spark.identity.stewardship.unmerge import active_merges, parted
from cdp_spark.lake import Lake
from cdp_spark.semantics.ownership import current_links
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import DECISION, IDENTIFIER, LINEAGE, LINK


def unmerge(  # noqa: PLR0913, PLR0917 - the options of a command
    customer: Annotated[str, typer.Argument(help="Id of a customer that was merged.")],
    reason: Why = "",
    until: Until = None,
    conf: Conf = "",
    lake: LakeFolder = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, decide nothing.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Undo a merge: each customer gets its earlier identifiers, and the lost id is restored.

    Newer identifiers follow the evidence. The split is a decision: rebuilds apply it, and
    `cdp override withdraw` ends it.
    """
    project = open_project(settings_of(conf, lake))
    ledger = project.lake("unmerge")
    if not reason and not dry_run:
        raise SettingsInvalid("--reason: missing; give one, it is stored with the decision")
    merges = merges_to_undo(ledger, customer)
    expires_at = end_of_day(until)
    decisions = [
        Decision(NEVER, owners_before(ledger, merge), reason, steward_name(), ledger.run.started_at,
                expires_at)
        for merge in merges
    ]  # fmt: skip
    for decision in decisions:
        show_sides(decision)
    if not dry_run:
        decide(ledger, *decisions)
    ledger.discard()
    project.close()


def merges_to_undo(ledger: Lake, customer: str) -> list[Row]:
    """The lineage rows of the last merge of a customer into another.

    Raises:
        SettingsInvalid: no merge, several merges into it, or a split decided already.
    """
    # At most one merge per identifier of a customer.
    current = current_links(ledger.read(LINK))
    rows = active_merges(ledger.read(LINEAGE), current, customer).collect()
    if not rows:
        raise SettingsInvalid(f"{customer}: no current merge of this id; see cdp explain customer")
    newest = [row for row in rows if row["recorded_at"] == rows[0]["recorded_at"]]
    if rows[0]["from_customer_id"] != customer and len(rows) > 1:
        ids = ", ".join(f"{row['from_customer_id']} ({row['recorded_at']:%F})" for row in rows[:10])
        raise SettingsInvalid(
            f"{customer}: several customers merged into it; name one to split off: {ids}"
        )
    active = active_decisions(ledger.read(DECISION), ledger.run.started_at)
    merged_ids = {row["from_customer_id"] for row in newest}
    decided = asserted(active).where(F.col("customer_id").isin(list(merged_ids))).first()
    if decided is not None:
        raise SettingsInvalid(f"{decided['customer_id']}: decided already; {NEXT}")
    return newest


def owners_before(ledger: Lake, merge: Row) -> list[Member]:
    """The identifiers of both customers before a merge.

    Raises:
        SettingsInvalid: a customer has no unshared identifier left.
    """
    at = merge["recorded_at"].astimezone()
    ends = (merge["from_customer_id"], merge["to_customer_id"], at)
    rows = _rows(parted(ledger.read(LINK), ledger.read(IDENTIFIER), ends))
    found = [Member(row["identifier_key"], row["kind"], row["side"], row["customer_id"])
             for row in rows]  # fmt: skip
    if {one.side for one in found} != {0, 1}:
        raise SettingsInvalid(
            f"{ends[0]}: no unshared identifiers of before the merge; use cdp override never"
        )
    return found


def _rows(members: DataFrame) -> list[Row]:
    # Two customers hold at most twice merge.max_ids_per_profile.
    return members.orderBy("side", "kind", "identifier_key").collect()


def show_sides(decision: Decision) -> None:
    """Print the number of identifiers by customer and kind."""
    counts: dict[tuple[int, str], int] = {}
    for one in decision.members:
        counts[one.side, one.kind] = counts.get((one.side, one.kind), 0) + 1
    ids = {one.side: one.customer_id for one in decision.members}
    lines = [
        (ids[side] or "the merged customer", kind, str(count))
        for (side, kind), count in sorted(counts.items())
    ]
    show_table("Split", lines, "customer", "kind", "identifiers")
