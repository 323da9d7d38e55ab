from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity.components import checkpointed
from cdp_spark.identity.scope import Stored, events_showing, own_links
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINK, SPELL
from cdp_spark.tables.sample import sample
from tests.identity.test_evidence import seen


def _keys(rows: DataFrame, name: str = "identifier_key") -> set[str]:
    return {row[name] for row in rows.collect()}


def test_events_that_show_an_identifier_come_with_all_that_they_show(spark: SparkSession) -> None:
    sightings = seen(spark, "u1 a1", "a1 e1", "u2 a2", "u3")
    mine = sightings.where("identifier_key = 'a1'").select("identifier_key")
    found = events_showing(sightings, mine, None, checkpointed, "mine")
    assert _keys(found) == {"u1", "a1", "e1"}
    named = sightings.where("identifier_key = 'u3'").select("event_key")
    more = events_showing(sightings, mine, named, checkpointed, "more")
    assert _keys(more) == {"u1", "a1", "e1", "u3"}


def test_links_of_what_people_share_are_nobodys_own(spark: SparkSession) -> None:
    roles = {"u1": "own", "a1": "shared", "e1": "generic"}
    identifiers = sample(
        spark, IDENTIFIER, *[{"identifier_key": key, "role": role} for key, role in roles.items()]
    )
    links = sample(spark, LINK, *[{"identifier_key": key, "customer_id": "c"} for key in roles])
    nothing = [spark.createDataFrame([], one.schema) for one in (EDGE, SPELL)]
    assert _keys(own_links(Stored(identifiers, nothing[0], nothing[1], links))) == {"u1"}
