"""cdp catalogue: the tables of the lake and their columns, from the contracts."""

import difflib
import json
from typing import Annotated, Any

import typer

from cdp_spark.commands.shared.options import AsJson
from cdp_spark.commands.shared.output import results
from cdp_spark.commands.shared.output import table as table_of
from cdp_spark.settings import SettingsInvalid
from cdp_spark.tables import Table
from cdp_spark.tables.catalogue import TABLES, catalogue_page


def catalogue(
    table: Annotated[str, typer.Argument(help="Name of a table; all if left out.")] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/tables.md.")] = False,  # noqa: FBT002 - a flag
    json_: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """List the tables with the meaning of a row, or the columns of one table."""
    if table and table not in TABLES:
        near = difflib.get_close_matches(table, TABLES, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "`cdp catalogue` lists all"
        raise SettingsInvalid(f"no table is named {table!r}; {hint}")
    chosen = [TABLES[table]] if table else [TABLES[name] for name in sorted(TABLES)]
    if json_:
        typer.echo(json.dumps([_as_json(one) for one in chosen]))
    elif markdown:
        typer.echo(catalogue_page())
    elif table:
        _show(f"{table}: {chosen[0].grain}", ("column", "type", "personal", "meaning"),
              [(one.name, one.type.simpleString(), one.personal, one.meaning)
               for one in chosen[0].fields])  # fmt: skip
    else:
        _show("Tables", ("table", "kind", "one row is"),
              [(one.name, one.kind, one.grain) for one in chosen])  # fmt: skip


def _show(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    results().print(table_of(title, columns, rows))


def _as_json(table: Table) -> dict[str, Any]:
    return {
        "table": table.name,
        "kind": table.kind,
        "one_row_is": table.grain,
        "key": table.key,
        "columns": [
            {
                "name": one.name,
                "type": one.type.simpleString(),
                "required": one.required,
                "unit": one.unit,
                "personal": one.personal,
                "meaning": one.meaning,
            }
            for one in table.fields
        ],
    }
