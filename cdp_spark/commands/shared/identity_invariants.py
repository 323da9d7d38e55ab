"""cdp verify --identity: the lake's customers against a rebuild and another engine."""

from cdp_spark.commands.shared.output import console, show_table
from cdp_spark.commands.shared.project import Project, open_project, settings_of
from cdp_spark.identity import (
    IdentityInputs,
    RunStamp,
    StoredIdentity,
    active_decisions,
    resolution_of,
)
from cdp_spark.identity.clusters.clustering import constraints_of
from cdp_spark.identity.evaluation.invariants import (
    component_violations,
    limit_violations,
    rebuild_violations,
)
from cdp_spark.lake import ContractBroken, Lake
from cdp_spark.semantics.ownership import current_links
from cdp_spark.tables.identity import DECISION, EDGE, IDENTIFIER, LINK, OWNERSHIP
from cdp_spark.tables.silver import SIGHTING


def verify_identity(conf: str, lake: str) -> None:
    """Show how many rows violate each invariant.

    Raises:
        ContractBroken: an invariant is violated.
    """
    project = open_project(settings_of(conf, lake))
    tables = project.lake("verify")
    found = invariant_violations(project, tables)
    rows = [(name, f"{count:,}") for name, count in found.items()]
    show_table("Invariants of identity", rows, "invariant", "violations")
    tables.discard()
    project.close()
    violated = [name for name, count in found.items() if count]
    if violated:
        raise ContractBroken(
            f"identity: violated invariants: {'; '.join(violated)}; run resolve_identities "
            "first if sightings or settings are newer than the customers"
        )


def invariant_violations(project: Project, lake: Lake) -> dict[str, int]:
    """Invariant → number of rows that violate it."""
    settings, now = project.settings.identity, lake.run.started_at
    links = current_links(lake.read(LINK))
    stored = StoredIdentity(lake.read(IDENTIFIER), lake.read(EDGE), lake.read(OWNERSHIP), links)
    decisions = lake.read(DECISION)
    nothing = lake.read(LINK).limit(0)
    with console.status("full rebuild …"):
        inputs = IdentityInputs(lake.read(SIGHTING), nothing, decisions)
        rebuilt = resolution_of(inputs, settings, RunStamp(now, lake.run.run_id), lake)
    active = active_decisions(decisions, now)
    constraints = None if active.isEmpty() else constraints_of(active, settings.merge)
    by_graphframes = settings.merge.model_copy(update={"engine": "graphframes"})
    violations = rebuild_violations(stored, rebuilt)
    violations |= limit_violations(stored, settings, constraints)
    with console.status("clusters by GraphFrames …"):
        other = settings.model_copy(update={"merge": by_graphframes})
        violations |= component_violations(stored, other)
        return {name: rows.count() for name, rows in violations.items()}
