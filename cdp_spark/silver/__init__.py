"""Records parsed, normalised and told apart: events, sightings, refusals, duplicates.

Comes in: bronze.record rows, the events already known and their keys, suppressed identifiers. Goes
out: rows of silver.event, silver.key, silver.sighting, silver.refused and silver.duplicate, besides
what is counted. Always true: every record ends in exactly one of event, refused and duplicate; of
two payloads with one key the smallest (available_at, sha256) wins whatever the order they came in.
Decided: a duplicate is a row, not a count, so that received = accepted + refused + duplicate can be
checked over rows at any time; silver.key is a filter, never the truth: it may name a key that has
no event, not the other way.
"""

from cdp_spark.silver.balance import OUTCOMES, imbalance_of, unbalanced
from cdp_spark.silver.drift import drift_of
from cdp_spark.silver.outcomes import Outcomes, Settled, settled
from cdp_spark.silver.parse import parsed_records
from cdp_spark.silver.quality import failures, judged, quality_of
from cdp_spark.silver.ranking import contested_keys, keys_of, ranked_records
from cdp_spark.silver.refinement import Refinement, Refining, refinement_of
from cdp_spark.silver.replays import backfills_of, replays_of
from cdp_spark.silver.shapes import shapes_of
from cdp_spark.silver.sightings import Tokens, sightings_of

__all__ = [
    "OUTCOMES",
    "Outcomes",
    "Refinement",
    "Refining",
    "Settled",
    "Tokens",
    "backfills_of",
    "contested_keys",
    "drift_of",
    "failures",
    "imbalance_of",
    "judged",
    "keys_of",
    "parsed_records",
    "quality_of",
    "ranked_records",
    "refinement_of",
    "replays_of",
    "settled",
    "shapes_of",
    "sightings_of",
    "unbalanced",
]
