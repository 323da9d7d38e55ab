import hashlib

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.activation.payload import has_contact, payload_columns
from cdp_spark.tables.gold import CUSTOMER
from cdp_spark.tables.sample import sample


def test_a_hash_is_over_the_trimmed_lower_case_address(spark: SparkSession) -> None:
    customers = sample(spark, CUSTOMER, {"email": " Ann@Example.COM "}, {"email": None})
    rows = customers.select(*payload_columns(("customer_id", "email_sha256"))).collect()
    assert [row.asDict() for row in rows] == [
        {
            "customer_id": "customer_id-0",
            "email_sha256": hashlib.sha256(b"ann@example.com").hexdigest(),
        },
        {"customer_id": "customer_id-1", "email_sha256": None},
    ]


def test_a_blank_is_no_contact(spark: SparkSession) -> None:
    customers = sample(spark, CUSTOMER, {"email": "a@b.c"}, {"email": " "}, {"email": None})
    rows = customers.orderBy("customer_id").select(has_contact("email"), F.lit(1)).collect()
    assert [row[0] for row in rows] == [True, False, False]
