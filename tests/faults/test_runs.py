"""What goes wrong with runs: lost answers, torn logs, two at once, lost progress, full disks.

A shop's events are taken, and after each fault every invariant is checked. Where a JVM has to die
is in test_halts.py and test_processes.py.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from cdp_spark.lake import Lake, LakeError, Overwrite
from cdp_spark.lake.storage import path_of
from cdp_spark.launch import (
    CONTRACT_BROKEN,
    SETTINGS_INVALID,
    TRY_AGAIN,
    exit_code,
    job_named,
)
from cdp_spark.settings import SettingsInvalid, load
from cdp_spark.silver import backfills_of
from cdp_spark.tables.bronze import RECORD
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.sample import sample
from cdp_spark.tables.silver import EVENT, REPLAY, SIGHTING
from tests.faults.conftest import HALF, REPEATED, land
from tests.faults.dirt import PERSON, good
from tests.faults.invariants import Shares, kept_invariants
from tests.faults.shop import AS_OF, shop_settings
from tests.jobs.worlds import PROJECT, lake_of

Tell = Callable[[str], None]
_SIZE = 2 * HALF
_RUNS = count()


def _begun(spark: SparkSession, root: Path, job: str) -> Lake:
    """A run of its own: the same run_id would enter its own leases again."""
    lake, number = lake_of(spark, root, AS_OF, job), next(_RUNS)
    started_at = datetime.now(tz=UTC)  # noqa: TID251 - after the runs that made the lake
    run = replace(lake.run, run_id=f"{job}-{number}", started_at=started_at)
    return Lake(spark, lake.root, run)


def _run(spark: SparkSession, root: Path, job: str) -> Lake:
    """One run of a job, as launch runs it; the lake with what was counted."""
    lake, settings = _begun(spark, root, job), shop_settings(root)
    step = job_named(job, PROJECT)
    section = settings.sources if job == "ingest_events" else settings
    try:
        step.run(lake, section)
        lake.finish(0.0)
    finally:
        lake.discard()
    return lake


def _shares(spark: SparkSession, root: Path) -> Shares:
    return kept_invariants(lake_of(spark, root, AS_OF), PERSON)["web"]


@pytest.fixture(scope="module")
def wanted(spark: SparkSession, clean: Path) -> Shares:
    """What becomes of the records without any fault."""
    shares = _shares(spark, clean)
    assert (shares.accepted, shares.duplicate) == (_SIZE, REPEATED)
    return shares


@pytest.fixture
def root(bronze: Path, tmp_path: Path) -> Path:
    """A copy of the lake before it is refined."""
    return shutil.copytree(bronze, tmp_path / "lake")


@pytest.fixture
def refined(clean: Path, tmp_path: Path) -> Path:
    """A copy of the lake after it was refined."""
    return shutil.copytree(clean, tmp_path / "lake")


def _as_clean(spark: SparkSession, root: Path, wanted: Shares, tell: Tell) -> None:
    found = _shares(spark, root)
    assert found == wanted, "I3"
    tell(f"{found}; content equal to the clean run's")


@pytest.mark.fault(
    "R2", "data files without their commit are not seen, and go with the next clean-up"
)
def test_data_files_without_their_commit_are_not_seen(
    spark: SparkSession, refined: Path, wanted: Shares, evidence: Tell
) -> None:
    """What is on disk when a process dies after the data files and before the commit."""
    for table in (EVENT, RECORD):
        folder = Path(path_of(str(refined), table))
        for number, file in enumerate([*folder.glob("*.parquet")]):
            shutil.copy(file, folder / f"part-{number}-of-a-run-that-died.parquet")
    _as_clean(spark, refined, wanted, evidence)
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    try:
        DeltaTable.forPath(spark, path_of(str(refined), EVENT)).vacuum(0)
    finally:
        spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    assert not [*Path(path_of(str(refined), EVENT)).glob("*died*")]
    _as_clean(spark, refined, wanted, evidence)


@pytest.mark.fault("R3", "a run that dies after its commits and before the ledger is run again and "
                   "writes nothing")  # fmt: skip
def test_a_run_whose_ledger_was_lost_writes_nothing_again(
    spark: SparkSession, refined: Path, wanted: Shares, evidence: Tell
) -> None:
    shutil.rmtree(path_of(str(refined), TABLES["ops.run"]))
    again = _run(spark, refined, "refine_events")
    changed = {name: one for name, one in again.ledger.writes.items() if _changes(one)}
    assert not changed
    assert again.ledger.reads[RECORD.name]["row_count"] == _SIZE + REPEATED
    evidence(f"all {_SIZE + 10:,} records read again, 0 rows written")
    _as_clean(spark, refined, wanted, evidence)


def _changes(entry: dict[str, int]) -> int:
    return sum(count for what, count in entry.items() if what.endswith("_count"))


@pytest.mark.fault("R4", "a batch whose commit was not answered is sent again and lands once")
def test_a_batch_sent_again_lands_once(spark: SparkSession, tmp_path: Path, evidence: Tell) -> None:
    rows = sample(spark, RECORD, *[{"record_id": str(number)} for number in range(50)])
    for _ in range(3):
        lake_of(spark, tmp_path, AS_OF).append_once(RECORD, rows, "ingest/web", 7, expected=50)
    lake_of(spark, tmp_path, AS_OF).append_once(RECORD, rows.limit(1), "ingest/web", 8)
    assert lake_of(spark, tmp_path, AS_OF).read(RECORD).count() == 51
    evidence("batch 7 sent three times, its 50 rows stored once; batch 8 lands")


def _together(*works: Callable[[], object]) -> list[BaseException | None]:
    """Run all at once; how each ended."""
    start, ended = threading.Barrier(len(works)), [None] * len(works)

    def work(place: int) -> None:
        start.wait()
        try:
            works[place]()
        except BaseException as fault:  # noqa: BLE001 - the test compares it
            ended[place] = fault  # type: ignore[call-overload]

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended  # type: ignore[return-value]


@pytest.mark.fault("R9", "of two runs of one job at once one wins; the other is to try again")
def test_of_two_runs_at_once_one_wins(
    spark: SparkSession, root: Path, wanted: Shares, evidence: Tell
) -> None:
    ended = _together(*[lambda: _run(spark, root, "refine_events")] * 2)
    failed = [fault for fault in ended if fault is not None]
    codes = {str(fault)[:400]: exit_code(fault) for fault in failed if isinstance(fault, Exception)}
    assert set(codes.values()) <= {TRY_AGAIN}, codes
    evidence(f"{len(failed)} of 2 ended with exit code {TRY_AGAIN}")
    _run(spark, root, "refine_events")
    _as_clean(spark, root, wanted, evidence)


@pytest.mark.fault("R10", "appending, erasing and compacting at once: what was erased stays away, "
                   "what was appended is there")  # fmt: skip
def test_appending_erasing_and_compacting_at_once(
    spark: SparkSession, refined: Path, evidence: Tell
) -> None:
    events = lake_of(spark, refined, AS_OF).read(EVENT)
    erased = [row["event_key"] for row in events.limit(20).collect()]
    conflicts: list[str] = []

    def erase() -> None:
        no_events = sample(spark, EVENT)
        keys = spark.createDataFrame([(key,) for key in erased], "event_key string")
        _begun(spark, refined, "erase").publish({EVENT: Overwrite(no_events, keys)})

    def append(number: int) -> None:
        rows = sample(spark, EVENT, {"event_key": f"fresh-{number}", "source": "other"})
        _begun(spark, refined, "append").merge(EVENT, rows)

    def compact(_: int) -> None:
        DeltaTable.forPath(spark, path_of(str(refined), EVENT)).optimize().executeCompaction()

    def often(work: Callable[[int], None], times: int) -> None:
        for number in range(times):
            _until_done(partial(work, number), conflicts)

    works = (partial(_until_done, erase, conflicts), partial(often, append, 5))
    assert _together(*works, partial(often, compact, 2)) == [None] * 3
    left = lake_of(spark, refined, AS_OF).read(EVENT)
    keys = {row["event_key"] for row in left.select("event_key").collect()}
    assert not keys & set(erased)
    assert {f"fresh-{number}" for number in range(5)} <= keys
    assert len(keys) == left.count() == _SIZE - 20 + 5
    conflict_count = f"{len(conflicts)} conflicts, tried again"
    evidence(f"20 erased, 5 appended, 2 compactions; {conflict_count}")


def _until_done(work: Callable[[], object], conflicts: list[str]) -> None:
    for _ in range(40):
        try:
            work()
        except (LakeError, PySparkException) as conflict:
            conflicts.append(type(conflict).__name__)
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(conflicts)


def _torn(root: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    log = Path(path_of(str(root), EVENT)) / "_delta_log"
    newest = max(log.glob("*.json"))
    yield "a commit torn in the middle", lambda _: newest.write_bytes(newest.read_bytes()[:200])
    yield "the first commit gone", lambda _: min(log.glob("*.json")).unlink()
    yield "a data file gone", lambda _: max(log.parent.glob("*.parquet")).unlink()


@pytest.mark.fault("R13", "a torn or missing log is an error; rows are never lost in silence")
def test_a_torn_log_is_never_fewer_rows_in_silence(
    spark: SparkSession, clean: Path, tmp_path: Path, evidence: Tell
) -> None:
    for number, place in enumerate(range(3)):
        root = shutil.copytree(clean, tmp_path / str(number))
        name, tear = [*_torn(root)][place]
        tear(root)
        try:
            found = len(lake_of(spark, root, AS_OF).read(EVENT).select("event_id").collect())
        except Exception as loud:  # noqa: BLE001 - any error is loud
            evidence(f"{name}: {type(loud).__name__}")
        else:
            assert found == _SIZE, name
            evidence(f"{name}: all {found:,} rows")
    root = shutil.copytree(clean, tmp_path / "crc")
    for file in (Path(path_of(str(root), EVENT)) / "_delta_log").glob("*.crc"):
        file.write_text("{}")
    assert lake_of(spark, root, AS_OF).read(EVENT).count() == _SIZE
    evidence("bad checksums: all rows")


@pytest.mark.fault("R14", "a long read goes on while the table is rewritten and cleaned up")
def test_a_long_read_goes_on_while_the_table_is_cleaned_up(
    spark: SparkSession, refined: Path, evidence: Tell
) -> None:
    rows = lake_of(spark, refined, AS_OF).read(EVENT).select("event_id").toLocalIterator()
    seen = [next(rows)]
    table = DeltaTable.forPath(spark, path_of(str(refined), EVENT))
    table.optimize().executeCompaction()
    table.vacuum()  # what is younger than a week stays
    seen.extend(rows)
    assert len({row["event_id"] for row in seen}) == len(seen) == _SIZE
    evidence(f"{len(seen):,} rows read to the end; readers see one version (I4)")


def _window_again(spark: SparkSession, root: Path, place: int) -> dict[str, int]:
    """Take what one of the two ingest runs landed once more; table → rows that changed."""
    asking = _begun(spark, root, "backfill")
    records = asking.read(RECORD)
    landed = [row[0] for row in records.select("landed_at").distinct().collect()]
    begin = sorted(landed)[place]
    window = (begin, begin + timedelta(milliseconds=1))
    asking.merge(REPLAY, backfills_of(records, asking.run.run_id, ("web",), *window))
    ran = _run(spark, root, "refine_events")
    assert ran.ledger.reads[REPLAY.name]["row_count"] in (HALF, HALF + REPEATED)
    return {name: _changes(one) for name, one in ran.ledger.writes.items() if _changes(one)}


@pytest.fixture(scope="module")
def windows(
    spark: SparkSession, clean: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[dict[str, int]]]:
    """A lake whose newer window is taken again, then the older three times; what each changed."""
    root = shutil.copytree(clean, tmp_path_factory.mktemp("windows") / "lake")
    return root, [_window_again(spark, root, place) for place in (1, 0, 0, 0)]


@pytest.mark.fault("R15", "a window of the past taken again, three times, changes nothing")
def test_a_window_taken_again_changes_nothing(
    spark: SparkSession,
    windows: tuple[Path, list[dict[str, int]]],
    wanted: Shares,
    evidence: Tell,
) -> None:
    root, changes = windows
    assert changes[1:] == [{}] * 3
    evidence("three times: 0 rows changed")
    _as_clean(spark, root, wanted, evidence)


@pytest.mark.fault("R16", "windows of the past taken out of order end as in order")
def test_windows_taken_out_of_order_end_as_in_order(
    spark: SparkSession,
    windows: tuple[Path, list[dict[str, int]]],
    wanted: Shares,
    evidence: Tell,
) -> None:
    root, changes = windows
    assert changes[:2] == [{}, {}]
    _as_clean(spark, root, wanted, evidence)


@pytest.mark.fault("S2", "settings with unknown keys, code for a name or a way out of a folder are "
                   "rejected, all at once")  # fmt: skip
def test_settings_that_reach_out_are_rejected_all_at_once(tmp_path: Path, evidence: Tell) -> None:
    shutil.copytree(PROJECT / "conf", tmp_path / "conf")
    (tmp_path / "conf" / "sources.yaml").write_text(
        "sources:\n  entries:\n"
        '    - {name: "web\'; DROP TABLE x", format: segment, path: landing/web}\n'
        "    - {name: two, format: segment, path: ../../etc, colour: red}\n"
        "    - name: three\n      format: csv\n      path: x\n"
        '      contract: {"amount) OR 1=1": {required: true}}\n'
    )
    with pytest.raises(SettingsInvalid) as raised:
        load(tmp_path / "conf")
    faults = str(raised.value).splitlines()
    for word in ("name", "path", "colour", "contract"):
        assert any(word in fault for fault in faults), word
    assert exit_code(raised.value) == SETTINGS_INVALID
    evidence(f"{len(faults)} faults listed, exit code {SETTINGS_INVALID}")


@pytest.mark.fault("S3", "another key than the tokens were made with stops the run; no token of it "
                   "is written")  # fmt: skip
def test_another_key_stops_the_run(
    spark: SparkSession, refined: Path, clean: Path, evidence: Tell
) -> None:
    land(refined, "3.json", good(50, "newest"))
    _run(spark, refined, "ingest_events")
    (key,) = (refined / "_keys").glob("identifier")
    mine = key.read_bytes()
    key.write_bytes(b"the key of somebody else, sorry!")
    with pytest.raises(LakeError) as raised:
        _run(spark, refined, "refine_events")
    assert exit_code(raised.value) == CONTRACT_BROKEN
    evidence(f"exit code {CONTRACT_BROKEN}, nothing written")
    sightings = [lake_of(spark, one, AS_OF).read(SIGHTING).count() for one in (refined, clean)]
    assert sightings[0] == sightings[1]
    key.write_bytes(mine)
    _run(spark, refined, "refine_events")
    assert _shares(spark, refined).accepted == _SIZE + 50
