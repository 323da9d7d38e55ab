from pyspark.sql import types as T

from cdp_spark.sources.shopify_fields import CUSTOMER, GRAPHQL, ORDER, REFUND


def _has(schema: T.DataType, path: str) -> bool:
    name, _, rest = path.partition(".")
    if not isinstance(schema, T.StructType) or name not in schema.fieldNames():
        return False
    return not rest or _has(schema[name].dataType, rest)


def test_each_field_has_its_like_in_the_other_api() -> None:
    """A field that no struct has would be a column that Spark can't resolve."""
    structs = [T.DataType.fromDDL(ddl) for ddl in (ORDER, REFUND, CUSTOMER)]
    for rest, graphql in GRAPHQL.items():
        of_rest = [_has(struct, rest) for struct in structs]
        of_graphql = [_has(struct, graphql) for struct in structs]
        assert any(of_rest), rest
        assert all(one for one, has in zip(of_graphql, of_rest, strict=True) if has), graphql
