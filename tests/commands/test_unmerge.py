import pytest
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables.identity import DECISION, LINEAGE
from tests.commands.stewarded import DAY, Stewarded
from tests.jobs.worlds import lake_of


def invoked(shop: Stewarded, *words: str) -> Result:
    found = CliRunner().invoke(app, ["unmerge", *words, "--lake", str(shop.root)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_two_merges_into_one_customer_are_taken_back_one_by_one(shop: Stewarded) -> None:
    first = shop.customers()
    assert len(first) == 5
    shop.sees("user_id:7 email:cem@shop.org", "user_id:7 phone:05551112233")
    merged = shop.customers()
    assert len(merged) == 3
    gone = sorted(set(first) - set(merged))
    [survivor] = _who_took(shop, gone)
    with pytest.raises(SettingsInvalid, match="several customers merged into it") as several:
        invoked(shop, survivor, "--reason", "they are three")
    assert all(one in str(several.value) for one in gone)

    assert "Split" in invoked(shop, gone[0], "--dry-run").stderr
    assert lake_of(shop.spark, shop.root, DAY.date()).read(DECISION).isEmpty()
    invoked(shop, gone[0], "--reason", "they are three")
    with pytest.raises(SettingsInvalid, match="decided already"):
        invoked(shop, gone[0], "--reason", "they are three")
    shop.resolved()
    assert sorted(shop.customers()) == sorted([*merged, gone[0]])
    invoked(shop, gone[1], "--reason", "they are three")
    shop.resolved()
    assert sorted(shop.customers()) == sorted(first)
    with pytest.raises(SettingsInvalid, match="no current merge of this id"):
        invoked(shop, gone[0], "--reason", "again")


def _who_took(shop: Stewarded, gone: list[str]) -> set[str]:
    """The customers into whom these ids went."""
    lineage = lake_of(shop.spark, shop.root, DAY.date()).read(LINEAGE).where("change = 'merged'")
    rows = lineage.collect()
    assert sorted(row["from_customer_id"] for row in rows) == gone
    return {row["to_customer_id"] for row in rows}


def test_what_was_never_merged_can_not_be_parted(shop: Stewarded) -> None:
    with pytest.raises(SettingsInvalid, match="no current merge of this id"):
        invoked(shop, "0" * 32, "--reason", "why not")
    with pytest.raises(SettingsInvalid, match="--reason"):
        invoked(shop, "0" * 32)
