"""Spark jobs that something needs, and a hundred new events of people who are known."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

NEW_EVENTS = 100


class Counted:
    """Spark jobs that started inside a block."""

    jobs = 0


@contextmanager
def counting(spark: SparkSession) -> Iterator[Counted]:
    """Count the jobs that the scheduler is given."""
    scheduler = spark.sparkContext._jsc.sc().dagScheduler()  # noqa: SLF001 - no public counter
    counted, before = Counted(), int(scheduler.numTotalJobs())
    yield counted
    counted.jobs = int(scheduler.numTotalJobs()) - before


def land_more(root: Path, day: str, number: int = 0) -> None:
    """Land a file with a hundred of the first events, on another day and under new ids."""
    folder = root / "landing" / "web"
    first = min(file for file in folder.rglob("*") if file.is_file())
    events: list[str] = []
    for line in first.read_bytes().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "messageId" in event and len(events) < NEW_EVENTS:
            moments = {name: f"{day}T10:00:00.000Z" for name in event if name.endswith("At")}
            given = {"messageId": f"{event['messageId']}-{number}"}
            given |= {"timestamp": f"{day}T10:00:00Z"}
            events.append(json.dumps(event | moments | given))
    (folder / f"more-{number}.json").write_text("".join(f"{one}\n" for one in events))
