"""The stored rows that a write changes."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from cdp_spark.lake.errors import ContractBroken
from cdp_spark.lake.fingerprint import content_columns, row_hash
from cdp_spark.tables import Table
from cdp_spark.tables.writes import Append, Overwrite

INSERT, UPDATE, DELETE = "insert", "update", "delete"
OPERATION = "_operation"


def aligned(rows: DataFrame, table: Table) -> DataFrame:
    """The rows with the table's columns in their order.

    Raises:
        ContractBroken: columns are missing, unknown or of another type; the message has all.
    """
    found = {one.name: one.dataType for one in rows.schema}
    errors = [f"column {name} is missing" for name in table.columns if name not in found]
    errors += [
        f"column {name} is not in the contract" for name in found if name not in table.columns
    ]
    errors += [
        f"column {one.name}: expected {one.type.simpleString()}, found {kind}"
        for one in table.fields
        if (kind := found.get(one.name, one.type).simpleString()) != one.type.simpleString()
    ]
    if errors:
        raise ContractBroken(f"{table.name}: {'; '.join(sorted(errors))}")
    return rows.select(*table.columns)


def with_inserts(rows: DataFrame, table: Table) -> DataFrame:
    """The rows with `_operation` insert."""
    return aligned(rows, table).withColumn(OPERATION, F.lit(INSERT))


def appended_changes(write: Append, stored: DataFrame, table: Table) -> DataFrame | None:
    """Stored rows that an append changes, with their `_operation`; None if there are none."""
    parts = []
    if write.updated is not None:
        parts.append(aligned(write.updated, table).withColumn(OPERATION, F.lit(UPDATE)))
    if write.rebuilt is not None:
        parts.append(differences(write.rebuilt, stored, table))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else parts[0].unionByName(parts[1])


def differences(
    write: DataFrame | Overwrite, stored: DataFrame | None, table: Table, *, is_few: bool = False
) -> DataFrame:
    """Rows to insert, update or delete, with their `_operation`.

    Without stored rows, all are inserted. `is_few`: the rows of an upsert are few and
    computed already, so only stored rows with their keys are hashed.
    """
    replaces = isinstance(write, Overwrite)
    rows = aligned(write.rows if isinstance(write, Overwrite) else write, table)
    if stored is None:
        return rows.withColumn(OPERATION, F.lit(INSERT))
    scope = write.scope if isinstance(write, Overwrite) else None
    if scope is not None:
        # Distinct, so that a key that is twice in the scope does not duplicate rows.
        stored = stored.join(scope.distinct(), on=scope.columns, how="left_semi")
    elif is_few and not replaces:
        stored = stored.join(rows.select(*table.key), on=list(table.key), how="left_semi")
    new = rows.select(
        F.struct(*table.columns).alias("new"),
        *[F.col(name).alias(f"_{name}") for name in table.key],
        row_hash(content_columns(table)).alias("new_hash"),
    )
    old = stored.select(
        F.struct(*table.columns).alias("old"),
        *[F.col(name).alias(f"_{name}") for name in table.key],
        row_hash(content_columns(table)).alias("old_hash"),
    )
    paired = new.join(
        old, on=[f"_{name}" for name in table.key], how="full_outer" if replaces else "left_outer"
    )
    is_new = F.col("old_hash").isNull()
    is_gone = F.col("new_hash").isNull()
    is_other = F.col("old_hash") != F.col("new_hash")
    operation = F.when(is_new, INSERT).when(is_gone, DELETE).when(is_other, UPDATE)
    changed = paired.withColumn(OPERATION, operation).where(F.col(OPERATION).isNotNull())
    return changed.select(
        *[_either(name).alias(name) for name in table.columns],
        OPERATION,
    )


def _either(name: str) -> Column:
    return F.when(F.col("new_hash").isNull(), F.col(f"old.{name}")).otherwise(F.col(f"new.{name}"))
