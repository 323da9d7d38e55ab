"""The entry point of jobs: arguments → settings → session → lake → run(lake, settings).

Comes in: a job's function, or its name. Goes out: an outcome for each run, and its row in ops.run.
Decided: an error of a known kind has an exit code of its own, so that a schedule can act on it.
"""

from cdp_spark.launch.command_line import FOLLOW, launch
from cdp_spark.launch.exit_codes import (
    BUG,
    CONTRACT_BROKEN,
    DONE,
    REJECTIONS,
    SETTINGS_INVALID,
    SOURCE_UNREADABLE,
    TRY_AGAIN,
    exit_code,
)
from cdp_spark.launch.job import PURPOSES, Job, job_named, job_of, section_of
from cdp_spark.launch.project import is_project, project_folder, shipped_folder
from cdp_spark.launch.rejections import rejected_files_sentence, rejected_sentence
from cdp_spark.launch.run import Options, Outcome, follow_jobs, open_lake, run_job

__all__ = [
    "BUG",
    "CONTRACT_BROKEN",
    "DONE",
    "FOLLOW",
    "PURPOSES",
    "REJECTIONS",
    "SETTINGS_INVALID",
    "SOURCE_UNREADABLE",
    "TRY_AGAIN",
    "Job",
    "Options",
    "Outcome",
    "exit_code",
    "follow_jobs",
    "is_project",
    "job_named",
    "job_of",
    "launch",
    "open_lake",
    "project_folder",
    "rejected_files_sentence",
    "rejected_sentence",
    "run_job",
    "section_of",
    "shipped_folder",
]
