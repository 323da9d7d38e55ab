from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from cdp_spark.activation import (
    ActivationSettings,
    DestinationSettings,
    day_scope,
    planned_deliveries,
)
from cdp_spark.tables.audience import CONSENT, DELIVERY, MEMBERSHIP
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample

_DAY, _BEFORE = date(2025, 3, 1), date(2025, 2, 28)


def destination(**given: Any) -> DestinationSettings:
    plain: dict[str, Any] = {
        "kind": "csv",
        "segment": "win_back",
        "purpose": "marketing",
        "contact": "email",
        "columns": ("customer_id", "email_sha256"),
        "rows_per_file": 1000,
    }
    return DestinationSettings(**(plain | given))


def sent_to(**destinations: DestinationSettings) -> ActivationSettings:
    return ActivationSettings(destinations=destinations)


def members(spark: SparkSession, *ids: str, as_of: date = _DAY) -> DataFrame:
    rows = [{"segment": "win_back", "as_of_on": as_of, "customer_id": one} for one in ids]
    return sample(spark, MEMBERSHIP, *rows)


def customers(spark: SparkSession, **emails: str | None) -> DataFrame:
    rows = [{"customer_id": name, "email": email} for name, email in emails.items()]
    return sample(spark, CUSTOMER, *rows)


def consents(spark: SparkSession, **granted: bool) -> DataFrame:
    rows = [
        {"customer_id": name, "purpose": "marketing", "is_granted": is_granted}
        for name, is_granted in granted.items()
    ]
    return sample(spark, CONSENT, *rows)


def reasons(planned: DataFrame) -> dict[str, str | None]:
    return {row["customer_id"]: row["reason"] for row in planned.collect()}


def test_everybody_without_consent_or_contact_is_held_back_with_the_reason(
    spark: SparkSession,
) -> None:
    planned = planned_deliveries(
        members(spark, "yes", "no", "silent", "nomail", "neither", "merged"),
        customers(spark, yes="y@x.org", no="n@x.org", silent="s@x.org", nomail=" ", neither=None),
        consents(spark, yes=True, no=False, nomail=True, merged=True),
        sent_to(crm=destination()),
        _DAY,
    )
    assert reasons(planned) == {
        "yes": None,
        "no": "no_consent",
        "silent": "no_consent",
        "nomail": "no_contact",
        "neither": "no_consent",
        "merged": "no_contact",
    }
    rows = planned.collect()
    assert planned.columns == list(DELIVERY.columns)
    assert all(row["is_written"] is (row["reason"] is None) for row in rows)
    assert all((row["payload_hash"] is not None) is row["is_written"] for row in rows)


def test_consent_for_another_purpose_is_none(spark: SparkSession) -> None:
    planned = planned_deliveries(
        members(spark, "a"),
        customers(spark, a="a@x.org"),
        consents(spark, a=True),
        sent_to(crm=destination(purpose="analytics")),
        _DAY,
    )
    assert reasons(planned) == {"a": "no_consent"}


def test_only_the_days_members_of_the_destinations_segment_are_planned(
    spark: SparkSession,
) -> None:
    settings = sent_to(crm=destination(), other=destination(segment="loyal"))
    both = members(spark, "a").unionByName(members(spark, "b", as_of=_BEFORE))
    planned = planned_deliveries(
        both, customers(spark, a="a@x.org", b="b@x.org"), consents(spark), settings, _DAY
    )
    assert [(row["destination"], row["customer_id"]) for row in planned.collect()] == [("crm", "a")]


def test_the_columns_sent_decide_the_hash_nulls_included(spark: SparkSession) -> None:
    people = sample(
        spark,
        CUSTOMER,
        {"customer_id": "a", "email": "a@x.org", "city": "x", "country": None},
        {"customer_id": "b", "email": "b@x.org", "city": None, "country": "x"},
    )
    settings = sent_to(crm=destination(columns=("city", "country")))
    planned = planned_deliveries(
        members(spark, "a", "b"), people, consents(spark, a=True, b=True), settings, _DAY
    )
    assert len({row["payload_hash"] for row in planned.collect()}) == 2


def test_the_scope_names_every_destination_even_when_nothing_is_planned(
    spark: SparkSession,
) -> None:
    settings = sent_to(crm=destination(), ads=destination())
    scope = day_scope(sample(spark, DELIVERY), settings, _DAY)
    assert [tuple(row) for row in scope.collect()] == [("crm", _DAY), ("ads", _DAY)]
