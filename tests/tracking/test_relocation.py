import sqlite3
from contextlib import closing
from pathlib import Path

from cdp_spark.tracking.relocation import follow_move

_TABLES = {
    "experiments": ("name", "artifact_location"),
    "runs": ("name", "artifact_uri"),
    "logged_models": ("name", "artifact_location"),
    "model_versions": ("name", "storage_location"),
}
_HERE, _THERE = "file:///here/mlflow-artifacts", "file:///there/mlflow-artifacts"


def _database(folder: Path) -> Path:
    file = folder / "mlflow.db"
    rows = {"cdp": _HERE, "part": f"{_HERE}/1/a", "other": f"{_HERE}-2/1", "remote": "s3://bucket"}
    with closing(sqlite3.connect(file)) as connection, connection:
        for table, columns in _TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", list(rows.items()))  # noqa: S608
    return file


def _places(file: Path, table: str) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        return dict(connection.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608


def test_places_below_the_former_folder_lead_to_the_new_one(tmp_path: Path) -> None:
    file = _database(tmp_path)
    follow_move(file, "cdp", _THERE)
    for table in _TABLES:
        assert _places(file, table) == {
            "cdp": _THERE, "part": f"{_THERE}/1/a", "other": f"{_HERE}-2/1",
            "remote": "s3://bucket",
        }  # fmt: skip


def test_a_database_in_its_place_a_new_and_an_empty_one_stay_as_they_are(tmp_path: Path) -> None:
    file = _database(tmp_path)
    before = file.read_bytes()
    follow_move(file, "cdp", _HERE)
    follow_move(file, "unknown", _THERE)
    assert file.read_bytes() == before
    none = tmp_path / "none.db"
    follow_move(none, "cdp", _THERE)
    assert not none.exists()
    none.touch()
    follow_move(none, "cdp", _THERE)
    assert none.read_bytes() == b""
