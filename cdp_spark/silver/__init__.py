"""Records parsed, normalised and told apart: events, sightings, refusals, duplicates.

Comes in: bronze.record rows, the events already known, suppressed identifiers. Goes out: rows of
silver.event, silver.sighting, silver.refused and silver.duplicate. Always true: every record ends
in exactly one of event, refused and duplicate; of two payloads with one key the smallest
(available_at, sha256) wins whatever the order they came in. Decided: a duplicate is a row, not a
count, so that received = accepted + refused + duplicate can be checked over rows at any time.
"""

from cdp_spark.silver.balance import unbalanced
from cdp_spark.silver.drift import drift_of
from cdp_spark.silver.outcomes import Outcomes, outcomes_of
from cdp_spark.silver.parse import parsed_records
from cdp_spark.silver.quality import failures, judged, quality_of
from cdp_spark.silver.replays import arrivals, backfills_of, redone, replays_of, with_replays
from cdp_spark.silver.shapes import shapes_of
from cdp_spark.silver.sightings import identifiers_of

__all__ = [
    "Outcomes",
    "arrivals",
    "backfills_of",
    "drift_of",
    "failures",
    "identifiers_of",
    "judged",
    "outcomes_of",
    "parsed_records",
    "quality_of",
    "redone",
    "replays_of",
    "shapes_of",
    "unbalanced",
    "with_replays",
]
