from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from cdp_spark.sources.products import products_of

_SENT = {
    '[{"product_id": "a", "price": 2.5}, {"product_id": "b"}]': ["a", "b"],
    '{"product_id": "a"}': ["a"],
    r'"[{\"product_id\": \"a\"}]"': ["a"],
    r'"{\"product_id\": \"a\"}"': ["a"],
    '["a", "b"]': ["a", "b"],
    "[]": [],
    "null": None,
    "12": None,
}


def test_products_are_a_list_an_object_a_text_or_ids(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(text,) for text in _SENT], "sent string")
    found = frame.select(products_of(F.try_parse_json("sent"))["product_id"].alias("ids"))
    assert [row["ids"] for row in found.collect()] == [*_SENT.values()]
