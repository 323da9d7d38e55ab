"""Settings, session and lake: the start of most commands."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pyspark.sql import SparkSession
from rich.text import Text

from cdp_spark.commands.shared.output import console
from cdp_spark.lake import Lake, Run
from cdp_spark.lake.session import session
from cdp_spark.launch import Job, Options, Outcome, open_lake, project_folder, run_job
from cdp_spark.settings import Settings, load
from cdp_spark.version import code_version


@dataclass(frozen=True)
class Project:
    """The settings of a project and a running session."""

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
        with console.status(f"{job.name} …"):
            outcome = run_job(job, self.spark, self.settings, options)
        console.print(Text("✓", "green"), f"{job.name} {outcome.seconds:.1f} s")
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


def lake_root(settings: Settings) -> str:
    """The folder of the lake, or its URI."""
    root = settings.project.lake
    return root if "://" in root else str((project_folder() / root).absolute())


def open_project(settings: Settings) -> Project:
    """The settings with the active session, or a new one."""
    running = SparkSession.getActiveSession()
    if running is not None:
        return Project(settings, running, is_ours=False)
    with console.status("starting Spark …"):
        spark = session(project_folder(), settings.project.spark)
    return Project(settings, spark)
