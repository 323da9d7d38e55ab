import pytest
from pyspark.sql import functions as F
from typer.testing import CliRunner, Result

from cdp_spark.commands.main import app
from cdp_spark.lake import ContractBroken
from cdp_spark.tables.identity import LINK
from tests.commands.stewarded import DAY, Stewarded
from tests.jobs.worlds import lake_of


def verified(shop: Stewarded) -> Result:
    found = CliRunner().invoke(app, ["verify", "--identity", "--lake", str(shop.root)])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_a_link_changed_by_hand_is_found(shop: Stewarded) -> None:
    lake = lake_of(shop.spark, shop.root, DAY.date())
    wrong = lake.read(LINK).where("kind = 'loyalty_id'")
    lake.merge(LINK, wrong.withColumn("recorded_to", F.lit(DAY)))
    with pytest.raises(ContractBroken) as broken:
        verified(shop)
    for name in ("the clusters of a rebuild", "the components of live evidence"):
        assert name in str(broken.value)
    assert "limit" not in str(broken.value)
