"""What became of a parsed record."""

from pyspark.sql import Row


def outcome(row: Row) -> tuple[str | None, str | None]:
    """Rejection reason and field; of an event, rule and field of its first warning, or None."""
    if row["reason"]:
        return row["reason"], row["detail"]
    first = (row["warnings"] or [None])[0]
    return (first["rule"], first["path"]) if first else (None, None)
