"""The line that runs a job on a cluster."""

PACKAGE = "python -m zipfile -c .jars/cdp_spark.zip cdp_spark"


def submit_line(job: str, conf: str = "") -> str:
    """The command a scheduler runs for one step, with MASTER and DAY to fill in."""
    profile = f" --conf {conf}" if conf else ""
    return (
        "spark-submit --master MASTER --properties-file conf/spark/cluster.conf"
        f" --py-files .jars/cdp_spark.zip jobs/{job}.py{profile} --as-of DAY"
    )
