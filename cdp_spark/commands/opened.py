"""Settings, session and lake: the start of most commands."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from pyspark.sql import SparkSession
from rich.console import Console

from cdp_spark.lake import Lake, Run
from cdp_spark.lake.session import session
from cdp_spark.launch import Job, Options, Outcome, open_lake, project_folder, run_job
from cdp_spark.settings import Settings, load
from cdp_spark.version import code_version

Conf = Annotated[
    str,
    typer.Option(
        "--conf", metavar="PROFILE", help="Settings in conf/PROFILE override those in conf/."
    ),
]
LakeFolder = Annotated[
    str, typer.Option("--lake", help="Folder of the tables; overrides the settings.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the results; default today."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]

talk = Console(stderr=True)


@dataclass(frozen=True)
class Opened:
    """Settings and a running session."""

    settings: Settings
    spark: SparkSession
    is_ours: bool = True

    def close(self) -> None:
        """Stop the session, unless it was active before the command."""
        if self.is_ours:
            self.spark.stop()

    def lake(self, name: str, as_of: date | None = None, purpose: str = "operate") -> Lake:
        """The lake for one command."""
        now = moment()
        day = as_of or now.date()
        run = Run(name, f"{name}-{now:%Y%m%dT%H%M%S%f}", purpose, day, now, "", code_version())
        return open_lake(self.spark, self.settings, run)

    def step(self, job: Job, options: Options) -> Outcome:
        """Run one job, with a line of progress."""
        with talk.status(f"{job.name} …"):
            outcome = run_job(job, self.spark, self.settings, options)
        talk.print(f"[green]✓[/green] {job.name} {outcome.seconds:.1f} s")
        return outcome


def moment() -> datetime:
    """The current time: only commands and `run_job` read the clock."""
    return datetime.now(tz=UTC)  # noqa: TID251 - see the docstring


def settings_of(conf: str, lake: str = "") -> Settings:
    """The settings of a profile, with another lake where one is given.

    Raises:
        SettingsInvalid: they are invalid.
    """
    settings = load(project_folder() / "conf", conf)
    if not lake:
        return settings
    # A URI such as s3a://bucket/lake stays as it is.
    place = lake if "://" in lake else str(Path(lake).absolute())
    project = settings.project.model_copy(update={"lake": place})
    return settings.model_copy(update={"project": project})


def source_folders(settings: Settings, home: Path | None = None) -> dict[str, Path]:
    """Source → its folder on this machine, in the project at `home`, or in the current one.

    Sources on other file systems are left out.
    """
    lake = settings.project.lake
    base = None if "://" in lake else ((home or project_folder()) / lake).absolute()
    local = {one.name: Path(one.path) for one in settings.sources.entries
             if one.path and "://" not in one.path}  # fmt: skip
    return {
        name: path if base is None else base / path
        for name, path in local.items()
        if base is not None or path.is_absolute()
    }


def missing_folders(settings: Settings) -> list[str]:
    """One sentence per source whose folder does not exist, with the command that creates it."""
    return [
        f"source {name}: folder {folder} does not exist; create it (mkdir -p {folder}) or correct "
        "sources.entries[].path"
        for name, folder in source_folders(settings).items()
        if not folder.is_dir()
    ]


def opened(settings: Settings) -> Opened:
    """The settings with the active session, or a new one."""
    running = SparkSession.getActiveSession()
    if running is not None:
        return Opened(settings, running, is_ours=False)
    with talk.status("starting Spark …"):
        spark = session(project_folder(), settings.project.spark)
    return Opened(settings, spark)
