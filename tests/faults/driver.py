"""A driver that runs the jobs named on its stdin, in one session: the process that is disturbed.

`python -m tests.faults.driver SCRATCH NAME=VALUE…` starts a session with these settings of Spark
and writes the id of its JVM on stdout. For each line of stdin, `JOB LAKE`, it runs the job and
answers with one line: an object of exit code and what went wrong. What jobs log goes to stderr.

Where no master is named it is a cluster of two workers of one core each. The workers' hosts are
two addresses of this machine: Spark starts no twin of a slow task on the host where that runs.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from pyspark import SparkContext
from pyspark.sql import SparkSession

from cdp_spark.lake.session import session
from cdp_spark.launch import Options, exit_code, job_named, run_job
from tests.faults.shop import AS_OF, shop_settings
from tests.jobs.worlds import PROJECT

_HOSTS = ("127.0.0.1", "127.0.0.2")
_WORKER_MIB = 1024


def _cluster(scratch: Path) -> str:
    """The address of a master in this JVM, which two workers know."""
    os.environ["SPARK_LOCAL_IP"] = _HOSTS[0]
    SparkContext._ensure_initialized()  # noqa: SLF001 - before there is a session
    jvm: Any = SparkContext._jvm  # noqa: SLF001
    settings, deploy = jvm.org.apache.spark.SparkConf(), jvm.org.apache.spark.deploy
    master = deploy.master.Master.startRpcEnvAndEndpoint(_HOSTS[0], 0, 0, settings)
    address = f"spark://{master.productElement(0).address().hostPort()}"
    gateway: Any = SparkContext._gateway  # noqa: SLF001
    masters = gateway.new_array(jvm.String, 1)
    masters[0] = address
    for number, host in enumerate(_HOSTS):
        known = jvm.scala.Option.apply(number)
        deploy.worker.Worker.startRpcEnvAndEndpoint(
            host, 0, 0, 1, _WORKER_MIB, masters, str(scratch / host), known, settings,
            jvm.scala.Option.empty(),
        )  # fmt: skip
    return address


def _tell(line: Any) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


def _ended(spark: SparkSession, job: str, root: Path) -> dict[str, Any]:
    try:
        done = run_job(job_named(job, PROJECT), spark, shop_settings(root), Options(AS_OF))
    except Exception as error:  # noqa: BLE001 - reported with its exit code
        return {"code": exit_code(error), "fault": f"{type(error).__name__}: {error}"}
    return {"code": done.code, "fault": ""}


def main() -> None:
    scratch, settings = Path(sys.argv[1]), dict(pair.split("=", 1) for pair in sys.argv[2:])
    if "spark.master" not in settings:
        settings["spark.master"] = _cluster(scratch)
    spark = session(PROJECT, **settings)
    jvm: Any = spark._jvm  # noqa: SLF001 - the JVM has no public door
    _tell(jvm.java.lang.ProcessHandle.current().pid())
    for line in sys.stdin:
        job, root = line.split()
        _tell(_ended(spark, job, Path(root)))
    spark.stop()


if __name__ == "__main__":
    main()
