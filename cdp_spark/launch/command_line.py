"""The entry point of a job file: its command line, settings and session, then the run."""

import argparse
import inspect
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from cdp_spark.lake import Lake
from cdp_spark.lake.session import session
from cdp_spark.launch.exit_codes import BUG, DONE, exit_code
from cdp_spark.launch.job import Job, job_of
from cdp_spark.launch.project import is_project, project_folder
from cdp_spark.launch.run import Options, follow_jobs, run_job
from cdp_spark.settings import Settings, load

FOLLOW = "repeat every SECONDS until SIGTERM or SIGINT"


def launch(run: Callable[[Lake, Any], None]) -> None:
    """Run the job of a function with the command line's arguments, and exit."""
    module = inspect.getmodule(run)
    file = Path(inspect.getfile(run))
    doc = (module.__doc__ if module else "") or ""
    arguments = _arguments(file.stem, doc)
    if "CDP_HOME" not in os.environ and not is_project(Path.cwd()):
        # A job belongs to the project it is in, from wherever it is submitted.
        os.environ["CDP_HOME"] = str(file.resolve().parents[1])
    try:
        settings = load(project_folder() / "conf", arguments.conf)
        job = job_of(run, file.stem, doc)
        if arguments.lake:
            project = settings.project.model_copy(update={"lake": arguments.lake})
            settings = settings.model_copy(update={"project": project})
        options = Options(arguments.as_of, arguments.run_id, arguments.dry_run)
        spark = session(project_folder(), settings.project.spark)
        code = _run(job, spark, settings, options, arguments.follow)
        spark.stop()
    except Exception as error:
        code = exit_code(error)
        if code == BUG:
            raise
        sys.stderr.write(f"{file.stem}: {error}\n")
        sys.exit(code)
    sys.exit(code)


def _run(
    job: Job, spark: SparkSession, settings: Settings, options: Options, seconds: float | None
) -> int:
    if seconds is None:
        return run_job(job, spark, settings, options).code
    follow_jobs([job], spark, settings, seconds, options.as_of)
    return DONE


def _arguments(name: str, doc: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=name, description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conf", default="", metavar="PROFILE", help="conf/PROFILE over conf/")
    parser.add_argument("--lake", default="", help="folder of the tables; overrides the settings")
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        default=None,
        help="day of the results; default today",
    )
    parser.add_argument("--follow", type=float, metavar="SECONDS", help=FOLLOW)
    parser.add_argument("--dry-run", action="store_true", help="compute and count, write nothing")
    parser.add_argument("--run-id", default="", help="name of the run in ops.run")
    arguments = parser.parse_args()
    if arguments.follow is not None and (arguments.dry_run or arguments.run_id):
        parser.error("--follow: expected without --dry-run and --run-id; drop one of them")
    return arguments
