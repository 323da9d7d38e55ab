from pyspark.sql import SparkSession

from cdp_spark.identity import Clustering, IdentityInputs
from cdp_spark.identity.clusters.components import checkpointed
from cdp_spark.identity.incremental.affected import Affected
from cdp_spark.identity.incremental.ownership import with_siblings
from cdp_spark.identity.incremental.scope import ClusteredScope, Past
from cdp_spark.tables.identity import OWNERSHIP
from cdp_spark.tables.sample import sample
from tests.identity.incremental.test_stored import keys, stored


def test_anonymous_ownership_that_begins_in_the_same_event_is_in_scope(
    spark: SparkSession,
) -> None:
    first_events = {"cookie": "event-1", "advertising": "event-1", "other": "event-2"}
    rows = sample(
        spark,
        OWNERSHIP,
        *[{"identifier_key": key, "first_event_key": one} for key, one in first_events.items()],
        {"identifier_key": "named", "first_event_key": "event-1", "anchor_key": "u1"},
    )
    tables = stored(spark, ownership=rows)
    unread = rows.limit(0)
    scope = ClusteredScope(
        IdentityInputs(unread, unread, unread),
        Past(tables, tables),
        Affected(unread, unread, unread, unread, unread),
        Clustering(unread, unread, unread),
        checkpointed,
    )
    mine = rows.where("identifier_key = 'cookie'")
    ownership, in_scope = with_siblings(scope, mine, mine.select("identifier_key"))
    assert keys(ownership) == keys(in_scope) == {"cookie", "advertising"}
