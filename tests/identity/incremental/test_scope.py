from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity.clusters.components import checkpointed
from cdp_spark.identity.incremental.scope import StoredIdentity, own_links, sightings_of_events
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINK, OWNERSHIP
from cdp_spark.tables.sample import sample
from tests.identity.evidence.test_edges import seen


def _keys(rows: DataFrame, name: str = "identifier_key") -> set[str]:
    return {row[name] for row in rows.collect()}


def test_events_of_an_identifier_have_all_their_sightings(spark: SparkSession) -> None:
    sightings = seen(spark, "u1 a1", "a1 e1", "u2 a2", "u3")
    mine = sightings.where("identifier_key = 'a1'").select("identifier_key")
    found = sightings_of_events(sightings, mine, None, checkpointed, "mine")
    assert _keys(found) == {"u1", "a1", "e1"}
    named = sightings.where("identifier_key = 'u3'").select("event_key")
    more = sightings_of_events(sightings, mine, named, checkpointed, "more")
    assert _keys(more) == {"u1", "a1", "e1", "u3"}


def test_links_of_shared_and_generic_identifiers_are_not_own(spark: SparkSession) -> None:
    roles = {"u1": "own", "a1": "shared", "e1": "generic"}
    identifiers = sample(
        spark, IDENTIFIER, *[{"identifier_key": key, "role": role} for key, role in roles.items()]
    )
    links = sample(spark, LINK, *[{"identifier_key": key, "customer_id": "c"} for key in roles])
    nothing = [spark.createDataFrame([], one.schema) for one in (EDGE, OWNERSHIP)]
    assert _keys(own_links(StoredIdentity(identifiers, nothing[0], nothing[1], links))) == {"u1"}
