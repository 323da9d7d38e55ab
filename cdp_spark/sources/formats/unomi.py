"""Apache Unomi: profiles as it exports them, one JSON object a line.

Fields: https://unomi.apache.org/manual/latest/, Profile and Consent. A profile is an `identify` of
the moment it was last updated, and each of its versions is an event of its own.

The profile's id is that of a visitor's cookie and so of the kind `anonymous_id`; `mergedWith` is
the id of the profile it was merged into, the same person by Unomi's own rules. Consents are told by
their type: `GRANTED`, until a `revokeDate` that has passed, is true; `DENIED` and `REVOKED` are
false. Where a type stands under several scopes, false wins.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    Faults,
    at,
    is_missing,
    is_unread,
    present,
    seen,
    texts,
    time_faults,
    told,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.values.moment import day_of, moment_of

_PROPERTIES = {
    "email": "email",
    "phone": "phoneNumber",
    "first_name": "firstName",
    "last_name": "lastName",
    "city": "city",
    "country": "countryName",
}
_SAID = texts(
    *("itemId", "profileId", "mergedWith"),
    properties=texts(*_PROPERTIES.values(), "birthDate", "lastVisit"),
    systemProperties=texts("lastUpdated"),
    consents=f"map<string,{texts('typeIdentifier', 'status', 'revokeDate')}>",
)
_REFUSED = ("DENIED", "REVOKED")
_ABOUT = ("segments", "scores", "systemProperties", "consents")
_KNOWN = ("itemId", "profileId", "mergedWith", "properties", *_ABOUT)


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` says why a record is no event."""
    del source  # every export is parsed alike
    said = records.withColumn("said", at("$", _SAID))
    timed = said.withColumn("updated_at", moment_of(_updated()))
    return told(timed, records.columns, _told(), _faults())


def _said(path: str) -> Column:
    return F.col(f"said.{path}")


def _id() -> Column:
    return F.nullif(F.coalesce(_said("itemId"), _said("profileId")), F.lit(""))


def _updated() -> Column:
    return F.coalesce(_said("systemProperties.lastUpdated"), _said("properties.lastVisit"))


def _told() -> dict[str, Column]:
    is_id = ~_id().rlike(r"^\s*[\[{]")
    about = [at(f"$.{name}", "variant").alias(name) for name in _ABOUT]
    return {
        "event_id": F.concat(F.when(is_id, _id()), F.lit(":"), F.coalesce(_updated(), F.lit(""))),
        "type": F.lit("identify"),
        "name": F.lit("identify"),
        "event_at": F.col("updated_at"),
        "available_at": F.col("updated_at"),
        **{name: _said(f"properties.{field}") for name, field in _PROPERTIES.items()},
        "birth_on": day_of(_said("properties.birthDate")),
        "consent": _consent(),
        "traits": at("$.properties", "variant"),
        "context": F.to_variant_object(F.struct(*about)),
        "identifiers": present(
            [
                seen("anonymous_id", _id()),
                seen("anonymous_id", F.nullif(_said("mergedWith"), F.lit(""))),
                seen("email", _said("properties.email")),
                seen("phone", _said("properties.phoneNumber")),
            ]
        ),
    }


def _consent() -> Column:
    """Type of consent → granted; null where none is told."""
    given = F.map_entries(_said("consents"))
    refused = F.transform(F.filter(given, _is_refused), _type_of)
    granted = F.transform(F.filter(given, _is_granted), _type_of)
    pairs = F.transform(
        F.array_union(refused, granted),
        lambda one: F.struct(one.alias("type"), ~F.array_contains(refused, one)),
    )
    return F.when(F.size(pairs) > 0, F.map_from_entries(pairs))


def _type_of(entry: Column) -> Column:
    """The type; the keys are scope/type."""
    key = F.substring_index(entry["key"], "/", -1)
    return F.coalesce(entry["value"]["typeIdentifier"], key)


def _has_run_out(entry: Column) -> Column:
    revoked_at = moment_of(entry["value"]["revokeDate"])
    return F.coalesce(revoked_at <= F.col("updated_at"), F.lit(False))  # noqa: FBT003


def _is_granted(entry: Column) -> Column:
    return (F.upper(entry["value"]["status"]) == "GRANTED") & ~_has_run_out(entry)


def _is_refused(entry: Column) -> Column:
    status = F.upper(entry["value"]["status"])
    return status.isin(*_REFUSED) | ((status == "GRANTED") & _has_run_out(entry))


def _faults() -> Faults:
    return {
        "missing_id": (is_missing("event_id"), "itemId or profileId"),
        "missing_time": (_updated().isNull(), "systemProperties.lastUpdated"),
        **time_faults("systemProperties.lastUpdated", is_unread(_updated(), F.col("updated_at"))),
    }


FORMATS = (Format("unomi", "lines", parsed, known=_KNOWN),)
