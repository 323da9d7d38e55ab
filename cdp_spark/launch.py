"""The entry point of jobs: arguments → settings → session → lake → run(lake, settings)."""

import argparse
import importlib.util
import inspect
import json
import os
import re
import sys
import time
import typing
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pyspark.sql import SparkSession

from cdp_spark.bronze import rejected_files
from cdp_spark.lake import ContractBroken, Lake, LeaseHeld, Run, TableMoved
from cdp_spark.lake.follow import follow
from cdp_spark.lake.jars import JarRejected
from cdp_spark.lake.ledger import Ledger
from cdp_spark.lake.session import plans_for_size, session
from cdp_spark.semantics.secrets import SecretMissing
from cdp_spark.settings import Settings, SettingsInvalid, load, settings_hash
from cdp_spark.sources import ColumnsMissing, SourceUnreadable
from cdp_spark.tables.bronze import FILE, RECORD
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.silver import REJECTED
from cdp_spark.version import code_version

DONE, BUG, SETTINGS_INVALID, CONTRACT_BROKEN, SOURCE_UNREADABLE, REJECTIONS, TRY_AGAIN = (
    0, 1, 2, 3, 4, 5, 75,
)  # fmt: skip
_EXIT_CODES: dict[type[Exception], int] = {
    SettingsInvalid: SETTINGS_INVALID,
    JarRejected: SETTINGS_INVALID,
    ContractBroken: CONTRACT_BROKEN,
    ColumnsMissing: CONTRACT_BROKEN,  # before the error that it is a kind of
    SourceUnreadable: SOURCE_UNREADABLE,
    SecretMissing: SETTINGS_INVALID,
    LeaseHeld: TRY_AGAIN,
    TableMoved: TRY_AGAIN,
}
FOLLOW = "repeat every SECONDS until SIGTERM or SIGINT"
PURPOSES = ("operate", "analytics", "marketing")


@dataclass(frozen=True)
class Job:
    """One job file: its function, and the declarations of its docstring."""

    name: str
    run: Callable[[Lake, Any], None]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    purpose: str
    settings: type[BaseModel]


@dataclass(frozen=True)
class Outcome:
    """The result of one run: the line it logs. An idle run is not in ops.run."""

    job: str
    run_id: str
    seconds: float
    reads: dict[str, dict[str, Any]]
    writes: dict[str, dict[str, Any]]
    code: int = DONE
    is_idle: bool = False


@dataclass(frozen=True)
class Options:
    """Options of a run.

    `as_of` none: the day the run starts. `last`: the last outcome this session recorded for the
    job; a run that adds nothing to it is idle.
    """

    as_of: date | None = None
    run_id: str = ""
    is_dry: bool = False
    last: Outcome | None = None


def project_folder() -> Path:
    """CDP_HOME, or the working folder; it has conf/project.yaml.

    Raises:
        SettingsInvalid: it is no project.
    """
    home = os.environ.get("CDP_HOME")
    folder = Path(home) if home else Path.cwd()
    if not is_project(folder):
        raise SettingsInvalid(
            f"{folder}: no project here (no conf/project.yaml); make one with `cdp init FOLDER`, "
            "or name one: change into its folder, `cdp --project FOLDER …`, or set CDP_HOME"
        )
    return folder


def is_project(folder: Path) -> bool:
    """Whether a folder has the settings of a project."""
    return (folder / "conf" / "project.yaml").is_file()


def shipped_folder() -> Path:
    """The folder of this package: its settings and jobs are the start of each project."""
    return Path(__file__).resolve().parents[1]


def job_named(name: str, project: Path | None = None) -> Job:
    """The job in jobs/NAME.py.

    Raises:
        SettingsInvalid: no such job; the message lists the jobs.
    """
    folder = (project or project_folder()) / "jobs"
    file = folder / f"{name}.py"
    known = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    if name not in known:
        raise SettingsInvalid(f"no job '{name}' in {folder}; jobs are {', '.join(known)}")
    spec = importlib.util.spec_from_file_location(f"jobs.{name}", file)
    if spec is None or spec.loader is None:
        raise SettingsInvalid(f"{file}: expected a Python file, found one that can't be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return job_of(module.run, name, module.__doc__ or "")


def job_of(run: Callable[[Lake, Any], None], name: str, docstring: str) -> Job:
    """The job of a function; its docstring declares what it reads and writes."""
    declared = {
        label: " ".join(text.split())
        for label, text in re.findall(
            r"^(Reads|Writes|Purpose) +(.*(?:\n {9,}.*)*)", docstring, re.MULTILINE
        )
    }
    listed = {
        what: tuple(re.findall(r"\w+\.\w+", declared.get(what, ""))) for what in ("Reads", "Writes")
    }
    purpose = declared.get("Purpose", "").split(" ")[0].rstrip(".,;")
    unknown = [table for names in listed.values() for table in names if table not in TABLES]
    if purpose not in PURPOSES or unknown:
        raise SettingsInvalid(
            f"jobs/{name}.py: docstring: Purpose: expected one of {', '.join(PURPOSES)}, "
            f"found '{purpose}'; unknown tables: {', '.join(unknown) or 'none'}"
        )
    wanted = typing.get_type_hints(run)["settings"]
    return Job(name, run, listed["Reads"], listed["Writes"], purpose, wanted)


def section_of(settings: Settings, wanted: type[BaseModel]) -> BaseModel:
    """The section of a type, or all settings where the type is Settings."""
    if wanted is Settings:
        return settings
    found = [value for _, value in settings if isinstance(value, wanted)]
    if len(found) != 1:
        raise SettingsInvalid(
            f"{wanted.__name__}: expected one section of this type in Settings, found {len(found)}"
        )
    return found[0]


def open_lake(spark: SparkSession, settings: Settings, run: Run) -> Lake:
    """The lake of the settings for one run."""
    root = settings.project.lake
    is_relative = "://" not in root and not root.startswith("/")
    with_key = replace(run, key_file=settings.project.key_file)
    return Lake(spark, str(project_folder() / root) if is_relative else root, with_key)


def run_job(job: Job, spark: SparkSession, settings: Settings, options: Options) -> Outcome:
    """Run one job and record it, unless it was idle; logs one JSON line on stderr."""
    started = datetime.now(tz=UTC)  # noqa: TID251 - the only place of a job that reads the clock
    section = section_of(settings, job.settings)
    run = Run(
        job=job.name,
        run_id=options.run_id or f"{job.name}-{started:%Y%m%dT%H%M%S%f}",
        purpose=job.purpose,
        as_of=options.as_of or started.date(),
        started_at=started,
        settings_hash=settings_hash(section),
        code_version=code_version(Path(inspect.getfile(job.run))),
        is_dry=options.is_dry,
    )
    lake = open_lake(spark, settings, run)
    lake.sweep()
    clock = time.perf_counter()
    try:
        lake.versions.pin(TABLES[name] for name in (*job.reads, *job.writes))
        size_bytes = lake.versions.size_bytes(TABLES[name] for name in job.reads)
        with plans_for_size(spark, size_bytes, from_outside=RECORD.name in job.writes):
            job.run(lake, section)
        seconds = round(time.perf_counter() - clock, 3)
        is_idle = _finished_idle(lake, seconds, options.last)
    finally:
        lake.discard()
    counts = dict(lake.ledger.reads), dict(lake.ledger.writes)
    sentences = _rejections(lake, settings.project.rejected_limit)
    sys.stderr.writelines(f"{job.name}: {sentence}\n" for sentence in sentences)
    code = REJECTIONS if sentences else DONE
    outcome = Outcome(job.name, run.run_id, seconds, *counts, code, is_idle)
    sys.stderr.write(json.dumps(outcome.__dict__) + "\n")
    return outcome


def follow_jobs(
    jobs: Sequence[Job],
    spark: SparkSession,
    settings: Settings,
    seconds: float,
    as_of: date | None = None,
) -> None:
    """Repeat the jobs in order until SIGTERM or SIGINT; see `follow`.

    Each run has its own id and, where no day is given, its own day. Idle runs are recorded in
    ops.run once per session. Rejected records above the limit set the code in a run's line but do
    not end the loop: a run may have read a single bad record.

    Raises:
        Exception: from a run.
    """
    recorded: dict[str, Outcome] = {}

    def once() -> None:
        for job in jobs:
            options = Options(as_of, last=recorded.get(job.name))
            outcome = run_job(job, spark, settings, options)
            if not outcome.is_idle:
                recorded[job.name] = outcome

    follow(once, seconds)


def _finished_idle(lake: Lake, seconds: float, last: Outcome | None) -> bool:
    """Record the run unless it adds nothing to the last recorded one; whether it adds nothing."""
    is_idle = last is not None and lake.ledger.is_idle_after(Ledger(last.reads, last.writes))
    if is_idle:
        lake.row_counts()
    else:
        lake.finish(seconds)
    return is_idle


def _rejected_share(lake: Lake) -> float:
    rejected = lake.ledger.writes.get(REJECTED.name, {}).get("inserted_count", 0)
    received = lake.ledger.reads.get(RECORD.name, {}).get("row_count", 0)
    return float(rejected) / float(received) if received else 0.0


def _rejections(lake: Lake, limit: float) -> list[str]:
    """One sentence per reason why the run ends with the code of rejections."""
    found = []
    if (share := _rejected_share(lake)) > limit:
        found.append(rejected_sentence(lake, share, limit))
    if limit < 1 and (files := _rejected_files(lake)):
        found.append(rejected_files_sentence(files))
    return found


def _rejected_files(lake: Lake) -> list[dict[str, Any]]:
    """The files that this run rejected whole."""
    written = lake.ledger.writes.get(FILE.name, {})
    if not (written.get("inserted_count") or written.get("updated_count")) or lake.is_dry_run:
        return []
    files = rejected_files(lake.fetch(FILE), since=lake.run.started_at)
    return list(files.to_pylist())


def rejected_files_sentence(files: Sequence[dict[str, Any]]) -> str:
    """How many files were rejected whole, the reasons with their counts, and the next step."""
    reasons = Counter(f"{one['source']} {one['reason']}" for one in files).most_common(5)
    counts = ", ".join(f"{reason} {count:,}" for reason, count in reasons)
    return (
        f"{len(files):,} files were rejected whole: {counts} (exit code {REJECTIONS}, unless "
        "project.rejected_limit is 1). See `cdp rejected`; deliver them again, or dismiss them "
        "with `cdp rejected --dismiss`"
    )


def rejected_sentence(lake: Lake, share: float, limit: float) -> str:
    """Share and limit of rejected records, their most frequent reasons, and the next step."""
    waiting = lake.read(REJECTED).where("NOT is_replayed").groupBy("source", "reason").count()
    most = waiting.orderBy("count", "source", "reason", ascending=[False, True, True]).limit(5)
    reasons = ", ".join(f"{source} {reason} {count:,}" for source, reason, count in most.collect())
    listed = f" Most frequent, earlier runs included: {reasons}." if reasons else ""
    return (
        f"{share:.1%} of the records were rejected, project.rejected_limit is {limit:.1%} (exit "
        f"code {REJECTIONS}).{listed} See `cdp rejected`; after a fix, `cdp replay --source NAME "
        "--reason REASON`"
    )


def exit_code(error: Exception) -> int:
    """The exit code of an error: 1 for an unexpected one."""
    return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), BUG)


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
