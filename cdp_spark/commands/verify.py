"""cdp verify: evidence for the fault matrix on one page; invariants of identity on a lake."""

import json
import os
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer
from jinja2 import Environment, StrictUndefined

from cdp_spark.commands.shared.identity_invariants import verify_identity
from cdp_spark.commands.shared.options import Conf, LakeFolder
from cdp_spark.commands.shared.output import console
from cdp_spark.commands.shared.project import moment
from cdp_spark.launch import BUG, CONTRACT_BROKEN, project_folder
from cdp_spark.settings import SettingsInvalid

_TESTS = "tests/faults"
Identity = Annotated[
    bool, typer.Option("--identity", help="Compare the lake's customers with a full rebuild.")
]


def verify(  # noqa: PLR0913, PLR0917 - the options of a command
    faults: Annotated[bool, typer.Option("--faults", help="Run every row of the matrix.")] = False,  # noqa: FBT002 - a flag
    out: Annotated[Path, typer.Option("--out", help="HTML page of claims and evidence.")] = Path(
        "faults.html"
    ),
    rows: Annotated[int, typer.Option("--rows", min=1_000, help="Dirty records.")] = 10_000,
    kills: Annotated[
        int, typer.Option("--kills", min=0, help="Runs killed at random moments.")
    ] = 2,
    seed: Annotated[
        int, typer.Option("--seed", help="Seed of the records' order, batches and kills.")
    ] = 1,
    identity: Identity = False,  # noqa: FBT002 - a flag
    conf: Conf = "",
    lake: LakeFolder = "",
) -> None:
    """Inject every fault of the matrix and report the outcome; or check a lake's identity.

    --identity only reads: it rebuilds all customers, finds the clusters of the stored evidence with
    GraphFrames, and compares both with the stored tables.
    """
    project = project_folder()
    if identity:
        verify_identity(conf, lake)
        return
    if not faults:
        raise SettingsInvalid("nothing to verify: give --faults or --identity")
    if not (project / _TESTS).is_dir():
        raise SettingsInvalid(f"{project}: no {_TESTS} found; run this in a clone of the source")
    found, code = evidence_of(project, rows, seed, kills)
    out.write_text(page_of(found, rows, seed, f"{moment():%Y-%m-%d %H:%M} UTC"), encoding="utf-8")
    missing = sum(not row["is_shown"] for row in found)
    console.print(f"{len(found) - missing} of {len(found)} claims shown; page: {out}")
    if missing or code or not found:
        sys.exit(CONTRACT_BROKEN if missing else BUG)


def evidence_of(
    project: Path, rows: int, seed: int, kills: int = 2
) -> tuple[list[dict[str, Any]], int]:
    """Claim and evidence of each row of the matrix, in its order, and pytest's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "evidence.jsonl"
        variables = {
            "CDP_EVIDENCE": str(file),
            "CDP_FAULT_ROWS": str(rows),
            "CDP_FAULT_SEED": str(seed),
            "CDP_FAULT_KILLS": str(kills),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-m", "fault and not bench", "tests"]
        finished = subprocess.run(command, cwd=project, env=os.environ | variables, check=False)  # noqa: S603 - our own tests
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return sorted(map(json.loads, lines), key=_place), finished.returncode


def _place(row: dict[str, Any]) -> tuple[str, int]:
    name = str(row["row"])
    return name[0], int(name[1:])


def page_of(found: list[dict[str, Any]], rows: int, seed: int, at: str) -> str:
    """The page as HTML: one self-contained table, without script."""
    source = resources.files("cdp_spark.commands.shared").joinpath("faults.html").read_text("utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
    return template.render(found=found, rows=rows, seed=seed, at=at)
