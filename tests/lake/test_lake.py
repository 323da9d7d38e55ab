from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Append, ContractBroken, Lake, Overwrite, TableMoved
from cdp_spark.lake.fingerprint import content_hash
from cdp_spark.lake.storage import path_of
from cdp_spark.tables.audience import PERMIT
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, SIGHTING

Opened = Callable[..., Lake]


def _names(rows: DataFrame, column: str = "customer_id") -> list[str]:
    return sorted(row[0] for row in rows.select(column).collect())


def test_a_table_never_written_reads_as_no_rows(lake: Lake) -> None:
    assert lake.read(CUSTOMER).count() == 0
    assert lake.read(CUSTOMER).columns == list(CUSTOMER.columns)


def test_publishing_the_same_rows_again_changes_nothing(
    spark: SparkSession, open_lake: Opened
) -> None:
    rows = sample(spark, EVENT, {"event_id": "a"}, {"event_id": "b"})
    rows = rows.withColumn("properties", F.parse_json(F.lit('{"x": [1, 2]}')))
    open_lake().publish({EVENT: rows})
    again = open_lake()
    again.publish({EVENT: rows})
    written = again.ledger.writes[EVENT.name]
    assert (written["inserted_count"], written["updated_count"], written["deleted_count"]) == (
        0,
        0,
        0,
    )
    assert content_hash(again.read(EVENT), EVENT)[0] == 2


def test_a_replacement_deletes_only_inside_its_scope(
    spark: SparkSession, open_lake: Opened
) -> None:
    first, second = date(2025, 1, 1), date(2025, 1, 2)
    rows = [{"customer_id": name, "as_of_on": day} for name in "ab" for day in (first, second)]
    open_lake().publish({SCORE: sample(spark, SCORE, *rows)})
    scope = spark.createDataFrame([(first,)], "as_of_on date")
    kept = sample(spark, SCORE, {"customer_id": "a", "as_of_on": first, "score": 0.5})
    writer = open_lake()
    writer.publish({SCORE: Overwrite(kept, scope)})
    stored = {(r.customer_id, r.as_of_on): r.score for r in open_lake().read(SCORE).collect()}
    assert stored == {("a", first): 0.5, ("a", second): 0.0, ("b", second): 0.0}
    written = writer.ledger.writes[SCORE.name]
    assert (written["updated_count"], written["deleted_count"]) == (1, 1)


def _score(name: str, score: float) -> dict[str, object]:
    day = date(2025, 1, 1)
    return {"customer_id": name, "as_of_on": day, "model": "churn", "score": score}


def _appended(lake: Lake, spark: SparkSession, *names: str, other: float) -> tuple[int, ...]:
    """Add, and update `a`, as one who believes that nothing but `a` is stored."""
    rows = [_score(name, other) for name in ("a", *names)]
    updated = sample(spark, SCORE, *rows[:1])
    added, wanted = sample(spark, SCORE, *rows[1:]), sample(spark, SCORE, *rows)
    lake.publish({SCORE: Append(added, otherwise=wanted, updated=updated)})
    lake.finish(1.0)
    written = lake.ledger.writes[SCORE.name]
    return tuple(written[f"{what}_count"] for what in ("inserted", "updated", "deleted"))


def _scored(lake: Lake) -> dict[str, float]:
    return {row["customer_id"]: row["score"] for row in lake.read(SCORE).collect()}


def test_an_append_compares_nothing_without_foreign_commits(
    spark: SparkSession, open_lake: Opened
) -> None:
    a = _score("a", 0.1)
    first = open_lake()
    first.publish({SCORE: Append(sample(spark, SCORE, a), otherwise=sample(spark, SCORE, a))})
    first.finish(1.0)
    assert _appended(open_lake(), spark, "b", other=0.5) == (1, 1, 0)
    assert _scored(open_lake()) == {"a": 0.5, "b": 0.5}
    # Of another run, or of one that was not finished: what is stored is compared.
    open_lake("another").merge(SCORE, sample(spark, SCORE, _score("c", 0.7)))
    assert _appended(open_lake(), spark, "c", other=0.7) == (0, 1, 0)
    assert _scored(open_lake()) == {"a": 0.7, "b": 0.5, "c": 0.7}


def test_a_small_append_is_checked_as_all_writes_are(
    spark: SparkSession, open_lake: Opened
) -> None:
    row = _score("a", 0.1)
    twice = sample(spark, SCORE, row, row)
    with pytest.raises(ContractBroken, match="found several for 1 keys"):
        open_lake().publish({SCORE: Append(twice, otherwise=twice, most=2)})
    nameless = twice.withColumn("model", F.lit(None).cast("string")).limit(1)
    with pytest.raises(ContractBroken, match="model is required, but null in 1 rows"):
        open_lake().publish({SCORE: Append(nameless, otherwise=nameless, most=1)})
    assert open_lake().read(SCORE).count() == 0


def test_changes_are_all_rows_first_and_then_those_since_the_last_finished_run(
    spark: SparkSession, open_lake: Opened
) -> None:
    open_lake("writer").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "a"}))
    reader = open_lake("reader")
    assert _names(reader.changes(CUSTOMER)) == ["a"]
    reader.finish(0.0)
    open_lake("writer").merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "b"}))
    killed = open_lake("reader")
    assert _names(killed.changes(CUSTOMER)) == ["b"]
    later = open_lake("reader")
    assert _names(later.changes(CUSTOMER)) == ["b"]
    later.finish(0.0)
    assert _names(open_lake("reader").changes(CUSTOMER)) == []
    assert _names(open_lake("another").changes(CUSTOMER)) == ["a", "b"]


def test_a_batch_appended_again_is_left_alone(spark: SparkSession, open_lake: Opened) -> None:
    rows = sample(spark, CUSTOMER, {"customer_id": "a"})
    open_lake().append_once(CUSTOMER, rows, "source-x", 1, expected=1)
    open_lake().append_once(CUSTOMER, rows, "source-x", 1, expected=1)
    assert open_lake().read(CUSTOMER).count() == 1
    open_lake().append_once(CUSTOMER, rows, "source-x", 2, expected=1)
    assert open_lake().read(CUSTOMER).count() == 2


def test_rows_that_break_the_contract_are_rejected_before_any_write(
    spark: SparkSession, open_lake: Opened
) -> None:
    good = sample(spark, SCORE, {})
    for bad, message in (
        (sample(spark, CUSTOMER, {}).drop("email"), "column email is missing"),
        (sample(spark, CUSTOMER, {}).withColumn("x", F.lit(1)), "column x is not in the contract"),
        (
            sample(spark, CUSTOMER, {}).withColumn("city", F.lit(1)),
            "city: expected string, found int",
        ),
        (
            sample(spark, CUSTOMER, {"customer_id": "a"}, {"customer_id": "a"}),
            "expected one row per key",
        ),
        (
            sample(spark, CUSTOMER, {}).withColumn("is_known", F.lit(None).cast("boolean")),
            "null in 1",
        ),
    ):
        with pytest.raises(ContractBroken, match=message):
            open_lake().publish({SCORE: good, CUSTOMER: bad})
    assert open_lake().read(SCORE).count() == 0


def test_a_denied_purpose_hides_the_customer_and_analytics_hides_direct_values(
    spark: SparkSession, open_lake: Opened
) -> None:
    rows = sample(spark, CUSTOMER, {"customer_id": "a", "email": "a@x"}, {"customer_id": "b"})
    open_lake().merge(CUSTOMER, rows)
    denied = {"customer_id": "b", "purpose": "analytics", "is_permitted": False}
    open_lake().merge(PERMIT, sample(spark, PERMIT, denied))
    assert _names(open_lake(purpose="operate").read(CUSTOMER)) == ["a", "b"]
    analytics = open_lake(purpose="analytics").read(CUSTOMER)
    assert [(r.customer_id, r.email) for r in analytics.collect()] == [("a", None)]
    assert _names(open_lake(purpose="marketing").read(CUSTOMER)) == ["a", "b"]


def test_a_commit_from_elsewhere_since_the_read_stops_the_run(
    spark: SparkSession, open_lake: Opened
) -> None:
    open_lake().merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "a"}))
    mine, other = open_lake(), open_lake()
    mine.read(CUSTOMER)
    other.merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "b"}))
    with pytest.raises(TableMoved, match="run again"):
        mine.merge(CUSTOMER, sample(spark, CUSTOMER, {"customer_id": "c"}))


def test_the_log_of_a_table_keeps_no_direct_value(spark: SparkSession, open_lake: Opened) -> None:
    lake = open_lake()
    lake.merge(CUSTOMER, sample(spark, CUSTOMER, {"email": "kept.secret@example.org"}))
    log = Path(path_of(lake.root, CUSTOMER)) / "_delta_log"
    texts = [file.read_bytes() for file in log.rglob("*") if file.is_file()]
    assert texts
    assert not [text for text in texts if b"kept.secret" in text]
    assert any(b"customer_id-0" in text for text in texts)


def test_the_key_is_in_the_configured_file_and_not_replaced_once_there_are_tokens(
    spark: SparkSession, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDP_KEY_FILE", raising=False)
    file = Path(lake.root) / "secret" / "key"
    lake = Lake(spark, lake.root, replace(lake.run, key_file="secret/key", is_dry=True))
    assert len(lake.key()) == 32
    assert not file.exists()
    lake = Lake(spark, lake.root, replace(lake.run, is_dry=False))
    key = lake.key()
    assert file.read_bytes() == key
    lake.merge(SIGHTING, sample(spark, SIGHTING, {"identifier_key": "a"}))
    assert lake.key() == key
    file.write_bytes(b"another key, of somebody")
    with pytest.raises(
        ContractBroken, match=r"secret/key: not the key of the tokens in silver.sighting"
    ):
        lake.key()
    file.unlink()
    with pytest.raises(ContractBroken, match=r"holds tokens, but their key is not in .*secret/key"):
        lake.key()
    assert not file.exists()
