"""The lake for notebooks and scripts: read tables by name, masked for a purpose, as of a day.

    from cdp_spark import open_lake

    lake = open_lake(".lake/world")
    lake.tables()                                  # every table, with its meaning
    lake.read("gold.customer")                     # a Spark DataFrame
    lake.as_of("2025-08-01").read("gold.score")    # scores up to that day

    lake.cdp("explain", "customer", "email:ana@shop.org", "--json")    # a command on this lake

Frames are only read through it; jobs and commands write.
"""

import difflib
import io
import os
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pandas as pd
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from cdp_spark.lake import Lake, Run
from cdp_spark.lake.session import session
from cdp_spark.launch import is_project, project_folder, shipped_folder
from cdp_spark.tables import Table
from cdp_spark.tables.catalogue import TABLES

Purpose = Literal["analytics", "marketing", "operate"]


class NoSuchTable(LookupError):
    """No table has this name; the message names near ones."""


class NoHistory(LookupError):
    """The table keeps only its current rows, so it has none of an earlier day."""


@dataclass(frozen=True)
class NotebookLake:
    """Read access to the tables of a lake; `open_lake` returns one."""

    lake: Lake
    day: date | None = None

    @property
    def spark(self) -> SparkSession:
        """The Spark session that reads the tables."""
        return self.lake.spark

    def read(self, name: str) -> DataFrame:
        """All rows of a table that the purpose may see, for example `read("gold.customer")`.

        For `analytics`, columns of direct personal data (names, e-mail addresses, phones) are
        null, and customers who object to the purpose are left out.

        Raises:
            NoSuchTable: no table has this name.
            NoHistory: after `as_of`, of a table without history.
        """
        table = _table_named(name)
        rows = self.lake.read(table)
        return rows if self.day is None else rows.where(_was_known(table, self.day))

    def tables(self) -> pd.DataFrame:
        """One row per table: its name, rows, meaning of a row, and key.

        `row_count` is missing for a table that no job has written yet. For example
        `lake.tables().query("row_count > 0")`.
        """
        pinned = {table: self.lake.versions.of(table) for table in TABLES.values()}
        return pd.DataFrame(
            {
                "table": list(TABLES),
                "row_count": pd.array(
                    [self.lake.table_count(t) if version >= 0 else None
                     for t, version in pinned.items()], dtype="Int64",
                ),
                "one_row_is": [table.grain for table in pinned],
                "key": [", ".join(table.key) for table in pinned],
            }
        ).sort_values("table", ignore_index=True)  # fmt: skip

    def columns(self, name: str) -> pd.DataFrame:
        """One row per column of a table: name, type, meaning, and how personal it is.

        For example `lake.columns("gold.customer")`.

        Raises:
            NoSuchTable: no table has this name.
        """
        fields = _table_named(name).fields
        return pd.DataFrame(
            {
                "column": [one.name for one in fields],
                "type": [one.type.simpleString() for one in fields],
                "meaning": [one.meaning for one in fields],
                "personal": [one.personal for one in fields],
            }
        )

    def as_of(self, day: str | date) -> "NotebookLake":
        """The same lake as it was known at the end of a day (UTC).

        Facts that sources had received by then, snapshots up to that day, and states as they were
        recorded then. For example `lake.as_of("2025-08-01").read("silver.event")`.
        """
        return replace(self, day=date.fromisoformat(day) if isinstance(day, str) else day)

    def cdp(self, *words: str) -> str:
        """Run a command that takes --lake on this lake; what it prints on stdout.

        Open the lake again to read what it wrote. For example
        `json.loads(lake.cdp("plan", "identity", "--json"))`.

        Raises:
            CommandFailed: the command ended with another exit code than 0.
            Exception: from the command, such as SettingsInvalid.
        """
        from cdp_spark.commands.main import app  # noqa: PLC0415 - MLflow takes seconds to import

        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                app([*words, "--lake", self.lake.root], standalone_mode=False)
        except SystemExit as ended:
            if ended.code:
                raise CommandFailed(
                    f"cdp {words[0]}: exit code {ended.code}; see its messages on stderr"
                ) from ended
        return printed.getvalue()


class CommandFailed(RuntimeError):
    """A command ended with an exit code other than 0."""


def open_lake(
    path: str | Path = ".lake/world",
    purpose: Purpose = "analytics",
    *,
    spark: SparkSession | None = None,
) -> NotebookLake:
    """The lake in a folder or at a URI, for reading in a notebook.

    A relative path is relative to the working directory, else to the project. All reads see the
    versions that the tables have now; open the lake again to see later ones. `purpose` decides
    what is visible: contacts are masked for `analytics`; open with `operate` only where you may
    see them. Without `spark` the running session is used, or a new one with conf/spark/local.conf.

    For example `open_lake("s3a://bucket/lake")`.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    root = str(path)
    if "://" not in root:
        places = [Path(root).absolute(), (_home() / root).absolute()]
        found = next((place for place in places if place.is_dir()), None)
        if found is None:
            raise FileNotFoundError(
                f"no lake at {places[0]}: expected a folder that `cdp run` or `make demo` has "
                "written; pass its path"
            )
        root = str(found)
    now = datetime.now(tz=UTC)  # noqa: TID251 - a notebook is run by a person, now
    run = Run("notebook", f"notebook-{now:%Y%m%dT%H%M%S%f}", purpose, now.date(), now, is_dry=True)
    return NotebookLake(Lake(spark or session(_home()), root, run))


def _home() -> Path:
    """The project, or this package's folder: a lake can be opened without a project."""
    is_named = bool(os.environ.get("CDP_HOME")) or is_project(Path.cwd())
    return project_folder() if is_named else shipped_folder()


def _table_named(name: str) -> Table:
    if name in TABLES:
        return TABLES[name]
    near = difflib.get_close_matches(name, TABLES, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "see lake.tables()"
    raise NoSuchTable(f"no table is named {name!r}; {hint}")


def _was_known(table: Table, day: date) -> Column:
    """Whether a row was known by the end of a day.

    Raises:
        NoHistory: the table does not keep earlier rows.
    """
    names = table.columns
    end = F.lit(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1))
    if "as_of_on" in names:
        return F.col("as_of_on") <= F.lit(day)
    if "recorded_to" in names:
        is_open = F.col("recorded_to").isNull() | (F.col("recorded_to") >= end)
        return (F.col("recorded_from") < end) & is_open
    for instant in ("available_at", "recorded_at"):
        if instant in names:
            return F.col(instant) < end
    raise NoHistory(
        f"{table.name} keeps only its current rows; read it without as_of, or read a table with "
        "history, such as silver.event, features.trait or identity.link"
    )
