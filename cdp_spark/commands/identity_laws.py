"""cdp verify --identity: the lake's customers against a rebuild and another engine."""

from cdp_spark.commands.opened import Opened, opened, settings_of, talk
from cdp_spark.commands.summary import show_figures
from cdp_spark.identity import Knowledge, Moment, Stored, resolution_of, standing_decisions
from cdp_spark.identity.laws import component_faults, limit_faults, rebuild_faults
from cdp_spark.identity.people import told_by
from cdp_spark.lake import ContractBroken, Lake
from cdp_spark.tables.identity import DECISION, EDGE, IDENTIFIER, LINK, SPELL
from cdp_spark.tables.silver import SIGHTING
from cdp_spark.terms.ownership import current_links


def verify_identity(conf: str, lake: str) -> None:
    """Show how many rows break each law.

    Raises:
        ContractBroken: one does not hold.
    """
    project = opened(settings_of(conf, lake))
    looking = project.lake("verify")
    found = laws_of(project, looking)
    rows = [(law, f"{count:,}") for law, count in found.items()]
    show_figures("Laws of identity", rows, "law", "rows that break it")
    looking.discard()
    project.close()
    broken = [law for law, count in found.items() if count]
    if broken:
        raise ContractBroken(
            f"identity: does not hold: {'; '.join(broken)}; where sightings or settings are newer "
            "than the customers, run resolve_identities first"
        )


def laws_of(project: Opened, lake: Lake) -> dict[str, int]:
    """Law → rows of the lake that break it."""
    settings, now = project.settings.identity, lake.run.started_at
    links = current_links(lake.read(LINK))
    stored = Stored(lake.read(IDENTIFIER), lake.read(EDGE), lake.read(SPELL), links)
    decisions = lake.read(DECISION)
    nothing = lake.read(LINK).limit(0)
    with talk.status("resolving from nothing …"):
        known = Knowledge(lake.read(SIGHTING), nothing, decisions)
        rebuilt = resolution_of(known, settings, Moment(now, lake.run.run_id), lake)
    standing = standing_decisions(decisions, now)
    told = None if standing.isEmpty() else told_by(standing, settings.merge)
    by_graphframes = settings.merge.model_copy(update={"engine": "graphframes"})
    faults = rebuild_faults(stored, rebuilt)
    faults |= limit_faults(stored, settings, told)
    with talk.status("components by GraphFrames …"):
        other = settings.model_copy(update={"merge": by_graphframes})
        faults |= component_faults(stored, other)
        return {law: rows.count() for law, rows in faults.items()}
