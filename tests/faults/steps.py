"""Jobs run one after the other in one session over an existing lake: the process that is halted.

`python -m tests.faults.steps LAKE` starts a session, writes the id of its JVM on stdout, and then
reads one line from stdin: an object of job → points at which to halt. Where no point is met, the
last line on stdout is an object of table → number of rows and hash of content. Nothing is cleaned
up after a halt, as when a machine is lost.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from cdp_spark.lake.session import session
from cdp_spark.launch import Options, job_named, run_job
from tests.faults.points import VARIABLE, halting, points
from tests.faults.shop import AS_OF, shop_settings
from tests.jobs.worlds import PROJECT, hashes

# Many tasks pay on data, not on a dozen people.
_QUICK = {
    "spark__master": "local[2]",
    "spark__driver__memory": "1g",
    "spark__sql__shuffle__partitions": "1",
    "spark__databricks__delta__snapshotPartitions": "1",
}


class _GoWithTheMachine(logging.Handler):
    """Ends this process when py4j finds the JVM gone, before anything is cleaned up."""

    def emit(self, record: logging.LogRecord) -> None:
        if "while receiving" in record.getMessage() or "while sending" in record.getMessage():
            os._exit(137)


def _tell(line: Any) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


def main() -> None:
    root = Path(sys.argv[1])
    settings = shop_settings(root)
    spark = session(PROJECT, **_QUICK)
    connection = logging.getLogger("py4j.clientserver")
    connection.setLevel(logging.INFO)
    leaving = _GoWithTheMachine()
    connection.addHandler(leaving)
    jvm: Any = spark._jvm  # noqa: SLF001 - the JVM has no public door
    _tell(jvm.java.lang.ProcessHandle.current().pid())
    for name, halts in json.loads(sys.stdin.readline()).items():
        os.environ[VARIABLE] = ",".join(halts)
        sys.stderr.write(f"running {name}\n")
        with points(halting(spark)):
            run_job(job_named(name, PROJECT), spark, settings, Options(AS_OF))
    found = hashes(spark, root, AS_OF)
    _tell({name: [count, str(total)] for name, (count, total) in found.items()})
    connection.removeHandler(leaving)
    spark.stop()


if __name__ == "__main__":
    main()
