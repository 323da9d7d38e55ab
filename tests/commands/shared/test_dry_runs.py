from pathlib import Path

import pytest

from cdp_spark.commands.shared.dry_runs import dependencies, show_dry_run
from cdp_spark.launch import Job, Outcome, job_named, shipped_folder

_STEPS = (
    "ingest_events",
    "refine_events",
    "resolve_identities",
    "build_customers",
    "build_reports",
)


def _jobs(folder: Path) -> list[Job]:
    return [job_named(name, folder) for name in _STEPS]


def _outcomes(**written: dict[str, int]) -> list[Outcome]:
    none = {"inserted_count": 0, "updated_count": 0, "deleted_count": 0}
    return [
        Outcome(name, "run", 1.0, {}, {
            table.replace("_", ".", 1): none | {"inserted_count": count}
            for table, count in written.get(name, {}).items()
        })
        for name in _STEPS
    ]  # fmt: skip


def test_steps_below_a_change_depend_on_the_step_that_makes_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    jobs = _jobs(shipped_folder())
    new = _outcomes(ingest_events={"bronze_file": 3}, build_customers={"gold_order": 2})
    found = dependencies(jobs, new)
    assert found["ingest_events"] == []
    assert found["refine_events"] == ["ingest_events"]
    assert "refine_events" in found["resolve_identities"]
    assert "resolve_identities" in found["build_customers"]
    show_dry_run(jobs, new)
    shown = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "What would happen" in shown
    assert "nothing was written" in shown
    assert "ingest_events 1.0 bronze.file: +3" in shown
    assert "refine_events 1.0 depends on ingest_events" in shown
    assert "gold.order: +2 more, which depends on" in shown


def test_nothing_depends_on_steps_that_change_nothing() -> None:
    assert set(map(tuple, dependencies(_jobs(shipped_folder()), _outcomes()).values())) == {()}
