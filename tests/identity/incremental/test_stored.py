from pyspark.sql import DataFrame, SparkSession

from cdp_spark.identity.incremental.stored import StoredIdentity, own_links
from cdp_spark.tables.identity import EDGE, IDENTIFIER, LINK, OWNERSHIP
from cdp_spark.tables.sample import sample


def keys(rows: DataFrame, name: str = "identifier_key") -> set[str]:
    return {row[name] for row in rows.collect()}


def stored(spark: SparkSession, **given: DataFrame) -> StoredIdentity:
    """Stored tables; those that are not given are empty."""
    tables = {"identifiers": IDENTIFIER, "edges": EDGE, "ownership": OWNERSHIP, "links": LINK}
    empty = {name: sample(spark, one) for name, one in tables.items() if name not in given}
    return StoredIdentity(**empty, **given)


def test_links_of_shared_and_generic_identifiers_are_not_own(spark: SparkSession) -> None:
    roles = {"u1": "own", "a1": "shared", "e1": "generic"}
    identifiers = sample(
        spark, IDENTIFIER, *[{"identifier_key": key, "role": role} for key, role in roles.items()]
    )
    links = sample(spark, LINK, *[{"identifier_key": key, "customer_id": "c"} for key in roles])
    assert keys(own_links(stored(spark, identifiers=identifiers, links=links))) == {"u1"}
