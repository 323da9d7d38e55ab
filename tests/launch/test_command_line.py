import os
import subprocess
import sys

import pytest

from cdp_spark.launch import (
    project_folder,
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--follow", "1", "--dry-run"], "--follow: expected without"),
        (["--follow", "1", "--run-id", "mine"], "--follow: expected without"),
        (["--follow", "soon"], "invalid float value: 'soon'"),
    ],
)
def test_what_can_not_be_run_so_is_refused_before_anything_starts(
    arguments: list[str], message: str
) -> None:
    line = [sys.executable, str(project_folder() / "jobs" / "ingest_events.py"), *arguments]
    home = os.environ | {"PYTHONPATH": str(project_folder())}
    done = subprocess.run(line, env=home, capture_output=True, text=True, check=False)  # noqa: S603 - our own line
    assert done.returncode == 2
    assert message in done.stderr
