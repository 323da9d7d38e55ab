from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app
from cdp_spark.lake import ContractBroken
from cdp_spark.tables.identity import LINK
from tests.commands.stewarded import DAY, Stewarded, stewarded
from tests.jobs.worlds import lake_of


def verified(shop: Stewarded) -> Result:
    found = CliRunner().invoke(app, ["verify", "--identity", "--lake", str(shop.root)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_a_link_that_somebody_touched_is_found(spark: SparkSession, tmp_path: Path) -> None:
    shop = stewarded(spark, tmp_path / "lake")
    shop.sees("user_id:7 email:ana@shop.org", "user_id:7 anonymous_id:laptop", "user_id:8")
    lake = lake_of(spark, shop.root, DAY.date())
    wrong = lake.read(LINK).where("kind = 'anonymous_id'")
    lake.merge(LINK, wrong.withColumn("recorded_to", F.lit(DAY)))
    with pytest.raises(ContractBroken) as broken:
        verified(shop)
    for law in ("the people that a rebuild finds", "the components of live evidence"):
        assert law in str(broken.value)
    assert "limit" not in str(broken.value)
