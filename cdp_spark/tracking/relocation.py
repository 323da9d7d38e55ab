"""A lake that was moved or copied takes its models along.

MLflow stores the absolute place of every run's and model's files. Where the database is beside
the tables, these places are those of the lake when it was made.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

_PLACES = {
    "experiments": "artifact_location",
    "runs": "artifact_uri",
    "logged_models": "artifact_location",
    "model_versions": "storage_location",
}


def follow_move(database: Path, experiment: str, artifacts: str) -> None:
    """Let stored places below the experiment's former folder lead to `artifacts`, its folder now.

    Nothing is written where they do already, or where there is no database yet.
    """
    if not database.exists():
        return
    with closing(sqlite3.connect(database)) as connection:
        if not _has_tables(connection):
            return
        query = "SELECT artifact_location FROM experiments WHERE name = ?"
        found = connection.execute(query, (experiment,)).fetchone()
        if found is None or found[0] == artifacts:
            return
        former = found[0]
        with connection:  # one transaction
            for table, column in _PLACES.items():
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) "  # noqa: S608 - names of this file
                    f"WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                    (artifacts, len(former) + 1, former, len(former) + 1, f"{former}/"),
                )


def _has_tables(connection: sqlite3.Connection) -> bool:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return set(_PLACES) <= {name for (name,) in rows}
