"""A benchmark, run on few rows in the session of the tests."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

Main = Callable[[list[str], SparkSession], None]


@pytest.fixture(scope="module")
def run_benchmark(spark: SparkSession) -> Callable[[Main, int, Path], dict[str, Any]]:
    """Runs the `main` of a benchmark; the last line of its stdout, as JSON."""

    def run(main: Main, rows: int, scratch: Path) -> dict[str, Any]:
        with redirect_stdout(io.StringIO()) as out:
            main(["--rows", str(rows), "--scratch", str(scratch)], spark)
        found: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
        return found

    return run
