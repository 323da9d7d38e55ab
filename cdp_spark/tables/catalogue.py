"""All contracts of the lake, by name."""

from cdp_spark.tables import audience, bronze, features, gold, identity, ops, silver
from cdp_spark.tables.contract import Table

_ROOMS = (bronze, silver, identity, gold, features, audience, ops)

TABLES: dict[str, Table] = {
    table.name: table
    for room in _ROOMS
    for table in vars(room).values()
    if isinstance(table, Table)
}


def catalogue_page() -> str:
    """Every table with its grain, key, lineage and fields, as Markdown."""
    return "\n".join(_section(TABLES[name]) for name in sorted(TABLES))


def _section(table: Table) -> str:
    reads = ", ".join(one.name for one in table.reads) or "—"
    head = (
        f"## {table.name}\n{table.kind}: {table.grain}  \n"
        f"Key: {', '.join(table.key)}. Made from: {reads}. "
        f"Leads to a person by: {table.subject or '—'}.\n"
    )
    rows = [
        f"| {one.name} | {one.type.simpleString()} | {'yes' if one.required else ''} "
        f"| {one.unit} | {one.personal} | {one.meaning} |"
        for one in table.fields
    ]
    return "\n".join(
        [
            head,
            "| field | type | required | unit | personal | meaning |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
