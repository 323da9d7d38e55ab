"""The rows and columns that a purpose permits."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from cdp_spark.tables import Table

_ANALYTICS = "analytics"
_OPERATE = "operate"


def permitted(rows: DataFrame, table: Table, purpose: str, permits: DataFrame | None) -> DataFrame:
    """The rows that a purpose permits; direct personal columns are null for analytics.

    `permits` are rows of governance.permit, or None.
    """
    if purpose == _OPERATE:
        return rows
    if table.subject == "customer_id" and permits is not None:
        is_denied = (F.col("purpose") == purpose) & ~F.col("is_permitted")
        denied = permits.where(is_denied).select("customer_id")
        rows = rows.join(denied, on="customer_id", how="left_anti").select(*rows.columns)
    if purpose == _ANALYTICS:
        direct = {one.name: one.type for one in table.fields if one.personal == "direct"}
        rows = rows.withColumns({n: F.lit(None).cast(kind) for n, kind in direct.items()})
    return rows
