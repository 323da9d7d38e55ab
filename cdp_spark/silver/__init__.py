"""Records parsed, normalised and routed: events, sightings, rejected records, duplicates.

Comes in: bronze.record rows, stored events and their keys, suppressed identifiers. Goes out: rows
of silver.event, silver.key, silver.sighting, silver.rejected and silver.duplicate, and counts.
Invariants: every record ends in exactly one of event, rejected and duplicate; of two payloads with
one key the smallest (available_at, sha256) wins, in whatever order they arrive. Decided: a
duplicate is a row, not a count, so that received = accepted + rejected + duplicate can be checked
over rows at any time; silver.key is a filter, not the truth: it may hold a key without an event,
but every event has its key there.
"""

from cdp_spark.silver.balance import OUTCOMES, imbalance_reason, unbalanced
from cdp_spark.silver.drift import schema_drift
from cdp_spark.silver.outcomes import Outcomes, RoutedRecords, routed_records
from cdp_spark.silver.parse import Normalisation, parsed_records
from cdp_spark.silver.quality import failed_rules, rule_counts, with_violations
from cdp_spark.silver.ranking import contested_keys, keys_of, ranked_records
from cdp_spark.silver.refinement import RefinementOptions, SilverWrites, silver_writes
from cdp_spark.silver.replays import backfills_of, replays_of
from cdp_spark.silver.shapes import shapes_of
from cdp_spark.silver.sightings import Tokens, sightings_of
from cdp_spark.silver.waiting import (
    dismissals_of,
    not_dismissed,
    outcomes_by_file,
    waiting_groups,
    waiting_records,
)

__all__ = [
    "OUTCOMES",
    "Normalisation",
    "Outcomes",
    "RefinementOptions",
    "RoutedRecords",
    "SilverWrites",
    "Tokens",
    "backfills_of",
    "contested_keys",
    "dismissals_of",
    "failed_rules",
    "imbalance_reason",
    "keys_of",
    "not_dismissed",
    "outcomes_by_file",
    "parsed_records",
    "ranked_records",
    "replays_of",
    "routed_records",
    "rule_counts",
    "schema_drift",
    "shapes_of",
    "sightings_of",
    "silver_writes",
    "unbalanced",
    "waiting_groups",
    "waiting_records",
    "with_violations",
]
