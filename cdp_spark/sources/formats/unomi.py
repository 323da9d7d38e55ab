"""Apache Unomi: exported profiles, one JSON object per line.

Fields: https://unomi.apache.org/manual/latest/, Profile and Consent. A profile is an `identify` at
the time of its last update; each version of a profile is a separate event.

The profile's id is a cookie id, so its kind is `anonymous_id`; `mergedWith` is the id of the
profile it was merged into, the same person by Unomi's rules. Consents are by type: `GRANTED` is
true unless its `revokeDate` has passed; `DENIED` and `REVOKED` are false. If a type has several
scopes, false wins.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.sources import Format
from cdp_spark.sources.parsed import (
    Rejections,
    identifier,
    is_missing,
    parsed_rows,
    present_identifiers,
    text_struct,
    time_rejections,
    value_at,
)
from cdp_spark.sources.settings import SourceSettings
from cdp_spark.values.moment import day_of, timestamp_of

_PROPERTIES = {
    "email": "email",
    "phone": "phoneNumber",
    "first_name": "firstName",
    "last_name": "lastName",
    "city": "city",
    "country": "countryName",
}
_FIELDS = text_struct(
    *("itemId", "profileId", "mergedWith"),
    properties=text_struct(*_PROPERTIES.values(), "birthDate", "lastVisit"),
    systemProperties=text_struct("lastUpdated"),
    consents=f"map<string,{text_struct('typeIdentifier', 'status', 'revokeDate')}>",
)
_DENIED = ("DENIED", "REVOKED")
_CONTEXT = ("segments", "scores", "systemProperties", "consents")
_KNOWN = ("itemId", "profileId", "mergedWith", "properties", *_CONTEXT)


def parsed(records: DataFrame, source: SourceSettings) -> DataFrame:
    """The records with `PARSED` columns; `reason` is set if a record is rejected."""
    del source  # parsing does not depend on it
    extracted = records.withColumn("fields", value_at("$", _FIELDS))
    timed = extracted.withColumn("updated_at", timestamp_of(_updated()))
    return parsed_rows(timed, records.columns, _columns(), _rejections())


def _field(path: str) -> Column:
    return F.col(f"fields.{path}")


def _id() -> Column:
    return F.nullif(F.coalesce(_field("itemId"), _field("profileId")), F.lit(""))


def _updated() -> Column:
    return F.coalesce(_field("systemProperties.lastUpdated"), _field("properties.lastVisit"))


def _columns() -> dict[str, Column]:
    is_id = ~_id().rlike(r"^\s*[\[{]")
    about = [value_at(f"$.{name}", "variant").alias(name) for name in _CONTEXT]
    return {
        "event_id": F.concat(F.when(is_id, _id()), F.lit(":"), F.coalesce(_updated(), F.lit(""))),
        "type": F.lit("identify"),
        "name": F.lit("identify"),
        "event_at": F.col("updated_at"),
        "available_at": F.col("updated_at"),
        **{name: _field(f"properties.{field}") for name, field in _PROPERTIES.items()},
        "birth_on": day_of(_field("properties.birthDate")),
        "consent": _consent(),
        "traits": value_at("$.properties", "variant"),
        "context": F.to_variant_object(F.struct(*about)),
        "identifiers": present_identifiers(
            [
                identifier("anonymous_id", _id()),
                identifier("anonymous_id", F.nullif(_field("mergedWith"), F.lit(""))),
                identifier("email", _field("properties.email")),
                identifier("phone", _field("properties.phoneNumber")),
            ]
        ),
    }


def _consent() -> Column:
    """Type of consent → whether granted; null without consents."""
    given = F.map_entries(_field("consents"))
    denied = F.transform(F.filter(given, _is_denied), _type_of)
    granted = F.transform(F.filter(given, _is_granted), _type_of)
    pairs = F.transform(
        F.array_union(denied, granted),
        lambda one: F.struct(one.alias("type"), ~F.array_contains(denied, one)),
    )
    return F.when(F.size(pairs) > 0, F.map_from_entries(pairs))


def _type_of(entry: Column) -> Column:
    """The consent type; keys are scope/type."""
    key = F.substring_index(entry["key"], "/", -1)
    return F.coalesce(entry["value"]["typeIdentifier"], key)


def _is_revoked(entry: Column) -> Column:
    revoked_at = timestamp_of(entry["value"]["revokeDate"])
    return F.coalesce(revoked_at <= F.col("updated_at"), F.lit(False))  # noqa: FBT003


def _is_granted(entry: Column) -> Column:
    return (F.upper(entry["value"]["status"]) == "GRANTED") & ~_is_revoked(entry)


def _is_denied(entry: Column) -> Column:
    status = F.upper(entry["value"]["status"])
    return status.isin(*_DENIED) | ((status == "GRANTED") & _is_revoked(entry))


def _rejections() -> Rejections:
    return {
        "missing_id": (is_missing("event_id"), "itemId or profileId"),
        "missing_time": (_updated().isNull(), "systemProperties.lastUpdated"),
        **time_rejections("systemProperties.lastUpdated"),
    }


FORMATS = (Format("unomi", "lines", parsed, known=_KNOWN),)
