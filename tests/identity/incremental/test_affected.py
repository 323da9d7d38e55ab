from pyspark.sql import SparkSession

from cdp_spark.identity.clusters.components import checkpointed
from cdp_spark.identity.incremental.affected import sightings_of_events
from tests.identity.evidence.test_edges import seen
from tests.identity.incremental.test_stored import keys


def test_events_of_an_identifier_have_all_their_sightings(spark: SparkSession) -> None:
    sightings = seen(spark, "u1 a1", "a1 e1", "u2 a2", "u3")
    mine = sightings.where("identifier_key = 'a1'").select("identifier_key")
    found = sightings_of_events(sightings, mine, None, checkpointed, "mine")
    assert keys(found) == {"u1", "a1", "e1"}
    named = sightings.where("identifier_key = 'u3'").select("event_key")
    more = sightings_of_events(sightings, mine, named, checkpointed, "more")
    assert keys(more) == {"u1", "a1", "e1", "u3"}
