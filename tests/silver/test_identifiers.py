from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from cdp_spark.silver.identifiers import speller, with_spellings
from cdp_spark.silver.spelling import Spellings
from tests.silver.spellings import spellings

_GIVEN = (
    "source string, email string, phone string, country string,"
    " identifiers array<struct<kind:string,value:string>>"
)


def _spelled(
    spark: SparkSession, known: Spellings, *records: dict[str, Any]
) -> list[dict[str, Any]]:
    rows = [
        (
            one.get("source", "web"), one.get("email"), one.get("phone"), one.get("country"),
            one.get("identifiers"),
        )
        for one in records
    ]  # fmt: skip
    # One partition, so that rows stay in their order.
    frame = spark.createDataFrame(rows, _GIVEN).coalesce(1)
    return [row.asDict(recursive=True) for row in with_spellings(frame, known).collect()]


def _named(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["kind"], one["value"]) for one in row["identifiers"]]


def _warned(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["rule"], one["path"]) for one in row["spelling_warnings"] or []]


def test_the_contact_is_deliverable_and_the_identifier_the_mailbox(spark: SparkSession) -> None:
    ids = [("email", "Ann.B+Shop@Gmail.com"), ("email", "annb@googlemail.com"), ("cookie", "c")]
    [row, nothing] = _spelled(
        spark, spellings(), {"email": " Ann.B+Shop@Gmail.com", "identifiers": ids}, {}
    )
    assert row["email"] == "ann.b+shop@gmail.com"
    assert _named(row) == [("email", "annb@gmail.com")]
    assert (nothing["email"], nothing["identifiers"], _warned(nothing)) == (None, [], [])


def test_a_number_is_of_the_records_country_else_the_sources_else_the_projects(
    spark: SparkSession,
) -> None:
    known = spellings("TR", {"shop": "GB"})
    rows = _spelled(
        spark, known,
        {"phone": "(212) 555-0104", "country": "United States"},
        {"phone": "020 7946 0018", "source": "shop"},
        {"phone": "020 7946 0018", "source": "shop", "country": "Earth"},
        {"phone": "0500 123 45 04", "country": "US"},
        {"phone": "0500 123 45 04", "identifiers": [("phone", "500 123 45 04")]},
    )  # fmt: skip
    assert [row["phone"] for row in rows] == [
        "+12125550104", "+442079460018", "+442079460018", "+905001234504", "+905001234504",
    ]  # fmt: skip
    assert _named(rows[-1]) == [("phone", "+905001234504")]


def test_what_is_left_out_has_a_warning_that_names_the_field(spark: SparkSession) -> None:
    ids = [("email", "ann at posta"), ("user_id", "${id}"), ("anonymous_id", "a1")]
    rows = _spelled(
        spark, spellings(),
        {"email": "ann at posta", "phone": "0500 123 45 04", "identifiers": ids},
        {"email": "null", "phone": " - ", "identifiers": [("user_id", "NaN"), ("email", "")]},
        {"email": "ann@example.com", "phone": "1234567890"},
    )  # fmt: skip
    assert [_warned(row) for row in rows] == [
        [("unreadable_email", "email"), ("placeholder_user_id", "user_id"),
         ("without_country_phone", "phone")],
        [],
        [("placeholder_email", "email"), ("placeholder_phone", "phone")],
    ]  # fmt: skip
    assert [_named(row) for row in rows] == [[("anonymous_id", "a1")], [], []]


def test_ids_are_of_the_namespace_of_their_source(spark: SparkSession) -> None:
    known = spellings(namespaces={"app": {"user_id": "crm"}, "shop": {"user_id": "crm"}})
    ids = [("user_id", "4711"), ("anonymous_id", "4711"), ("email", "a@posta.invalid")]
    rows = _spelled(
        spark, known, *[{"source": name, "identifiers": ids} for name in ("app", "shop", "web")]
    )
    found = [[one["namespace"] for one in row["identifiers"]] for row in rows]
    assert found == [["crm", "app", None], ["crm", "shop", None], ["web", "web", None]]


def test_a_previous_id_may_be_of_a_user_or_a_device(spark: SparkSession) -> None:
    ids = [("previous_id", "old"), ("user_id", "new"), ("anonymous_id", "a1")]
    itself = [("previous_id", "new"), ("user_id", "new")]
    rows = _spelled(spark, spellings(), {"identifiers": ids}, {"identifiers": itself})
    found = [
        [(one["kind"], one["value"], one["alias"]) for one in row["identifiers"]] for row in rows
    ]
    assert found == [
        [("user_id", "new", "current"), ("anonymous_id", "a1", "current"),
         ("user_id", "old", "previous"), ("anonymous_id", "old", "previous")],
        [("user_id", "new", "current")],
    ]  # fmt: skip


def test_one_identifier_in_several_spellings_is_one(spark: SparkSession) -> None:
    ids = [("email", "Ann@B.org "), ("email", "ann+x@b.org"), ("user_id", " u1\n"),
           ("user_id", "u1"), ("phone", "+90 500 1234504"),
           ("phone", "tel:+905001234504")]  # fmt: skip
    [row] = _spelled(spark, spellings(), {"identifiers": ids})
    assert _named(row) == [("email", "ann@b.org"), ("user_id", "u1"), ("phone", "+905001234504")]


_VALUES = ("a", "A ", "u1", "null", "", "{{id}}", "x@y.com", "X@Y.COM ", "bad@", "0532 123 45 67",
           "+905321234567", "030 123456", "ünï")  # fmt: skip
_KINDS = ("user_id", "anonymous_id", "email", "phone", "previous_id", "of no rule")
_PAIR = pa.struct([("kind", pa.string()), ("value", pa.string())])
_TYPES = (*[pa.string()] * 4, pa.list_(_PAIR))
_value = st.sampled_from(_VALUES) | st.none()
_pair = st.fixed_dictionaries({"kind": st.sampled_from(_KINDS) | st.none(), "value": _value})
_record = st.tuples(
    st.sampled_from(("web", "crm", "till")),
    _value,
    _value,
    st.sampled_from(("DE", "Turkey", "Earth", "")) | st.none(),
    st.lists(_pair, max_size=5) | st.none(),
)


@given(st.lists(_record, max_size=12))
def test_a_record_is_spelled_the_same_whatever_stands_beside_it(records: list[Any]) -> None:
    known = spellings("TR", {"crm": "DE"}, {"web": {"user_id": "shop"}})
    batch = speller(known)

    def spelled(rows: list[Any]) -> list[Any]:
        columns = zip(*rows, strict=True) if rows else ([] for _ in _TYPES)
        arrays = [pa.array([*one], kind) for one, kind in zip(columns, _TYPES, strict=True)]
        rows_of: list[Any] = batch(*arrays).to_pylist()
        return rows_of

    assert spelled(records) == [row for one in records for row in spelled([one])]
