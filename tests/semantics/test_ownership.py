from datetime import UTC, datetime

from pyspark.sql import SparkSession

from cdp_spark.semantics.identifiers import IdentifierRule
from cdp_spark.semantics.ownership import current_links, event_owners
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import SIGHTING

_RULES = (
    IdentifierRule(name="user_id", priority=1),
    IdentifierRule(name="email", priority=2),
    IdentifierRule(name="device", priority=3),
)


def test_an_event_is_its_strongest_linked_identifiers(spark: SparkSession) -> None:
    seen = [("both", "u", "user_id"), ("both", "d", "device"), ("weak", "d", "device"),
            ("unlinked", "x", "user_id"), ("unlinked", "m", "email"), ("anonymous", "x", "user_id"),
            ("tie", "m", "email"), ("tie", "k", "email")]  # fmt: skip
    sightings = sample(
        spark,
        SIGHTING,
        *[{"event_key": key, "identifier_key": one, "kind": kind} for key, one, kind in seen],
    )
    links = sample(
        spark,
        LINK,
        *[
            {"identifier_key": one, "customer_id": customer}
            for one, customer in (("u", "ann"), ("d", "bob"), ("m", "mia"), ("k", "kim"))
        ],
        {
            "identifier_key": "x",
            "customer_id": "former",
            "recorded_to": datetime(2025, 1, 2, tzinfo=UTC),
        },
    )
    assert current_links(links).count() == 4
    owners = event_owners(sightings, links, _RULES).collect()
    assert {(row["event_key"], row["customer_id"]) for row in owners} == {
        ("both", "ann"),
        ("weak", "bob"),
        ("unlinked", "mia"),
        ("tie", "kim"),
    }
    assert len(owners) == 4


def test_an_event_belongs_to_the_owner_at_that_time(spark: SparkSession) -> None:
    def day(number: int) -> datetime:
        return datetime(2025, 1, number, tzinfo=UTC)

    spans = [("bob", 11, 21), ("ann", 3, 11), ("kim", 21, None)]
    links = sample(
        spark,
        LINK,
        *[
            {
                "identifier_key": "phone",
                "customer_id": customer,
                "valid_from": day(begun),
                "valid_to": day(ended) if ended else None,
            }
            for customer, begun, ended in spans
        ],
    )
    seen = [
        {"event_key": f"{number:02}", "identifier_key": "phone", "kind": "device",
         "event_at": day(number)}
        for number in (1, 3, 10, 11, 20, 21, 30)
    ]  # fmt: skip
    owners = event_owners(sample(spark, SIGHTING, *seen), links, _RULES).collect()
    assert {row["event_key"]: row["customer_id"] for row in owners} == {
        "01": "ann", "03": "ann", "10": "ann", "11": "bob", "20": "bob", "21": "kim", "30": "kim",
    }  # fmt: skip
