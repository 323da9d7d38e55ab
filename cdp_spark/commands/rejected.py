"""cdp rejected: rejected records by source and reason, with a masked example and the next step."""

import json
import re
from typing import Annotated, Any

import typer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid

from cdp_spark.commands.shared.options import AsJson, Conf, LakeFolder
from cdp_spark.commands.shared.project import open_project, settings_of
from cdp_spark.tables.silver import REJECTED

_SHOWN = 100
_EXAMPLE_BYTES = 160
# Keys of JSON objects tell what is wrong; everything else may be personal.
_KEY = re.compile(r'("[\w.$-]{1,60}"\s*:)')


def rejected(
    conf: Conf = "",
    lake: LakeFolder = "",
    source: Annotated[str, typer.Option("--source", help="Records of this source only.")] = "",
    json_: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """List rejected records that wait for a replay, by source and reason.

    In the examples letters are x and digits 9; replay a group after a fix with `cdp replay`.
    """
    project = open_project(settings_of(conf, lake))
    rows = waiting_groups(project.lake("rejected").read(REJECTED), source)
    groups = [_as_json(row.asDict()) for row in rows.limit(_SHOWN).collect()]
    project.close()
    if json_:
        typer.echo(json.dumps(groups))
    elif groups:
        _show(groups)
    else:
        typer.echo("no rejected records wait for a replay")


def waiting_groups(rows: DataFrame, source: str = "") -> DataFrame:
    """One row per source, reason and detail, the most frequent first.

    record_count, and `example`: the first bytes of its smallest record.
    """
    waiting = rows.where(~F.col("is_replayed"))
    if source:
        waiting = waiting.where(F.col("source") == source)
    start = F.substring("raw", 1, _EXAMPLE_BYTES)
    groups = waiting.groupBy("source", "reason", "detail").agg(
        F.count("*").alias("record_count"), F.min(start).alias("example")
    )
    return groups.orderBy(F.desc("record_count"), "source", "reason", "detail")


def masked(raw: bytes | None) -> str:
    """The bytes as text: letters are x, digits 9; keys of JSON objects stay."""
    if raw is None:
        return ""
    parts = _KEY.split(bytes(raw).decode("utf-8", "replace"))
    return "".join(part if _KEY.fullmatch(part) else _without_values(part) for part in parts)


def _without_values(text: str) -> str:
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    replay = f"cdp replay --source {row['source']} --reason {row['reason']}"
    return row | {"example": masked(row["example"]), "replay": replay}


def _show(groups: list[dict[str, Any]]) -> None:
    grid = Grid(title="Rejected records", title_justify="left")
    for head in ("source", "reason", "field", "records", "example, masked"):
        grid.add_column(head, overflow="fold")
    for one in groups:
        cells = (one["source"], one["reason"], one["detail"] or "", f"{one['record_count']:,}")
        grid.add_row(*cells, one["example"])
    out = Console()
    out.print(grid)
    out.print(f"after a fix: {groups[0]['replay']}", highlight=False)
