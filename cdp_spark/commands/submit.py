"""The line that runs a job on a cluster."""

PACKAGE = "python -m zipfile -c .jars/cdp_spark.zip cdp_spark"


def submit_line(job: str, conf: str = "") -> str:
    """What a scheduler runs for one step: MASTER and DAY are its to fill in."""
    profile = f" --conf {conf}" if conf else ""
    return (
        "spark-submit --master MASTER --properties-file conf/spark/cluster.conf"
        f" --py-files .jars/cdp_spark.zip jobs/{job}.py{profile} --as-of DAY"
    )
