import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app
from cdp_spark.settings import SettingsRefused
from cdp_spark.tables.identity import DECISION
from tests.commands.stewarded import DAY, Stewarded, stewarded
from tests.jobs.worlds import lake_of


@pytest.fixture(scope="module")
def shop(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Stewarded:
    """Ana's, Bo's and Cem's customers."""
    told = stewarded(spark, tmp_path_factory.mktemp("shop") / "lake")
    told.sees(
        "user_id:7 anonymous_id:laptop",
        "email:bo@shop.org anonymous_id:mobile",
        "phone:05551112233",
    )
    return told


def said(shop: Stewarded, *words: str) -> Result:
    found = CliRunner().invoke(app, ["unmerge", *words, "--lake", str(shop.root)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_two_merges_into_one_customer_are_taken_back_one_by_one(shop: Stewarded) -> None:
    first = shop.customers()
    assert len(first) == 3
    shop.sees("user_id:7 email:bo@shop.org", "user_id:7 phone:05551112233")
    [survivor] = shop.customers()
    gone = sorted(set(first) - {survivor})
    with pytest.raises(SettingsRefused, match="several went into it") as several:
        said(shop, survivor, "--reason", "they are three")
    assert all(one in str(several.value) for one in gone)

    assert "Parted" in said(shop, gone[0], "--dry-run").stderr
    assert lake_of(shop.spark, shop.root, DAY.date()).read(DECISION).isEmpty()
    said(shop, gone[0], "--reason", "they are three")
    with pytest.raises(SettingsRefused, match="is decided already"):
        said(shop, gone[0], "--reason", "they are three")
    shop.resolved()
    assert sorted(shop.customers()) == sorted([survivor, gone[0]])
    said(shop, gone[1], "--reason", "they are three")
    shop.resolved()
    assert sorted(shop.customers()) == sorted(first)
    with pytest.raises(SettingsRefused, match="no merge of this id holds"):
        said(shop, gone[0], "--reason", "again")


def test_what_was_never_merged_can_not_be_parted(shop: Stewarded) -> None:
    with pytest.raises(SettingsRefused, match="no merge of this id holds"):
        said(shop, "0" * 32, "--reason", "why not")
    with pytest.raises(SettingsRefused, match="--reason"):
        said(shop, "0" * 32)
