from pyspark.sql import SparkSession

from cdp_spark.lake.permits import permitted
from cdp_spark.tables.audience import PERMIT
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample


def test_denied_customers_are_left_out_and_direct_values_hidden_by_purpose(
    spark: SparkSession,
) -> None:
    rows = sample(spark, CUSTOMER, {"customer_id": "a", "email": "a@x"}, {"customer_id": "b"})
    denied = {"customer_id": "b", "purpose": "analytics", "is_permitted": False}
    permits = sample(spark, PERMIT, denied)
    seen = {
        purpose: [
            (row["customer_id"], row["email"])
            for row in permitted(rows, CUSTOMER, purpose, permits).orderBy("customer_id").collect()
        ]
        for purpose in ("operate", "marketing", "analytics")
    }
    whole = [("a", "a@x"), ("b", None)]
    assert [one for one, _ in seen["operate"]] == ["a", "b"]
    assert seen["marketing"][0] == whole[0]
    assert seen["analytics"] == [("a", None)]
    assert permitted(rows, CUSTOMER, "analytics", None).count() == 2
