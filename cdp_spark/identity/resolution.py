"""From all that was sighted to whose every identifier is: the steps in their order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyspark.sql import DataFrame

from cdp_spark.identity.blocks import judged_identifiers, with_bypassed
from cdp_spark.identity.components import components_of, oversized
from cdp_spark.identity.customers import Held, assigned_customers
from cdp_spark.identity.decisions import asserted, bypassed, standing_decisions
from cdp_spark.identity.evidence import edges_of, with_decided
from cdp_spark.identity.limits import Told
from cdp_spark.identity.lineage import lineage_of
from cdp_spark.identity.links import changed_links, wanted_links
from cdp_spark.identity.people import People, people_of, told_by
from cdp_spark.identity.settings import IdentitySettings
from cdp_spark.identity.spells import named_people, shared_of, sittings_of, spells_of
from cdp_spark.terms.ownership import current_links


class Bench(Protocol):
    """Where rows are computed once and laws looked after; a lake is one."""

    def keep(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows computed once and kept aside."""

    def expect_none(self, faults: DataFrame, law: str) -> None:
        """Stop where a law does not hold."""


@dataclass(frozen=True)
class Knowledge:
    """What identity is resolved from: sightings, all links so far, and decisions of stewards."""

    sightings: DataFrame
    links: DataFrame
    decisions: DataFrame


@dataclass(frozen=True)
class Moment:
    """When and in which run something becomes known."""

    at: datetime
    run_id: str


@dataclass(frozen=True)
class Resolution:
    """Rows of identity.identifier, .edge and .spell as they are now; of .link those to be written.

    `lineage` are the changes of ids that the links make.
    """

    identifiers: DataFrame
    edges: DataFrame
    spells: DataFrame
    links: DataFrame
    lineage: DataFrame


def resolution_of(
    known: Knowledge, settings: IdentitySettings, moment: Moment, bench: Bench
) -> Resolution:
    """Whose every identifier is, and what that changes.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: what the bench raises where components or customers are too large.
    """
    standing = bench.keep("decisions", standing_decisions(known.decisions, moment.at))
    is_decided = not standing.isEmpty()
    people = _people(known, standing if is_decided else None, settings, bench)

    rules, current = settings.rules, current_links(known.links)
    shared, named = shared_of(people.identifiers), named_people(people.groups, rules)
    sittings = sittings_of(known.sightings, shared, named, settings.spells, rules)
    sittings = bench.keep("sittings", sittings)
    spells = bench.keep("spells", spells_of(sittings, settings.spells, rules, bench.keep))
    given = asserted(standing) if is_decided else None
    held = Held(known.links, given)
    assigned = bench.keep("assigned", assigned_customers(people.groups, held, rules, bench.keep))
    wanted = wanted_links(assigned, people.identifiers, people.edges, spells, current)
    wanted = bench.keep("wanted_links", wanted)
    links = bench.keep("links", changed_links(wanted, current, moment.at))
    lineage = bench.keep("lineage", lineage_of(links, known.links, moment.at, moment.run_id))
    return Resolution(people.identifiers, people.edges, spells, links, lineage)


def _people(
    known: Knowledge, standing: DataFrame | None, settings: IdentitySettings, bench: Bench
) -> People:
    """Identifiers and evidence as told by events and, where there are such, standing decisions."""
    rules, merge, told = settings.rules, settings.merge, None
    judged = judged_identifiers(known.sightings, rules)
    if standing is not None:
        judged = with_bypassed(judged, bypassed(standing))
        told = told_by(standing, merge, bench.keep)
    judged = bench.keep("judged", judged)
    evidence = edges_of(known.sightings, judged, settings)
    if standing is not None and told is not None:
        evidence = with_decided(evidence, standing, told.named, judged)
    evidence = bench.keep("evidence", evidence)

    groups = components_of(judged, evidence, merge, bench.keep)
    return bounded_people(People(judged, evidence, groups), settings, told, bench)


def bounded_people(
    components: People, settings: IdentitySettings, told: Told | None, bench: Bench
) -> People:
    """`people_of`, of components and customers that are not too large.

    Raises:
        ComponentsWrong: an engine's answer contradicts the graph.
        Exception: what the bench raises where components or customers are too large.
    """
    merge = settings.merge
    unwieldy = oversized(components.groups, merge.max_component)
    bench.expect_none(unwieldy, "no component above merge.max_component")
    people = people_of(components, settings, told, bench.keep)
    too_large = oversized(people.groups, merge.max_cluster)
    bench.expect_none(too_large, "no customer above merge.max_cluster")
    return people
