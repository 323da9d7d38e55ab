"""The steps of the workflow that a command selects, and the line that runs one on a cluster."""

from cdp_spark.settings import SettingsInvalid

PACKAGE = "python -m zipfile -c .jars/cdp_spark.zip cdp_spark"


def submit_line(job: str, conf: str = "") -> str:
    """The command a scheduler runs for one step, with MASTER and DAY to fill in."""
    profile = f" --conf {conf}" if conf else ""
    return (
        "spark-submit --master MASTER --properties-file conf/spark/cluster.conf"
        f" --py-files .jars/cdp_spark.zip jobs/{job}.py{profile} --as-of DAY"
    )


def selected_steps(workflow: tuple[str, ...], wanted: list[str]) -> list[str]:
    """The steps named, in the order of the workflow; all where none is named.

    Raises:
        SettingsInvalid: a step is not in the workflow.
    """
    if unknown := [name for name in wanted if name.rstrip("+") not in workflow]:
        raise SettingsInvalid(
            f"--select {', '.join(unknown)}: no such step; steps are {', '.join(workflow)}"
        )
    chosen: set[str] = set()
    for name in wanted:
        first = workflow.index(name.rstrip("+"))
        chosen |= set(workflow[first:]) if name.endswith("+") else {workflow[first]}
    return [name for name in workflow if not wanted or name in chosen]
