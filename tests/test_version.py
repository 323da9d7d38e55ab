from pathlib import Path

from cdp_spark import __version__
from cdp_spark.version import code_version, digest_of


def test_a_job_that_was_changed_is_other_code(tmp_path: Path) -> None:
    job = tmp_path / "job.py"
    job.write_text("one = 1\n")
    before = code_version(job)
    assert before == code_version(job)
    assert before.startswith(f"{__version__}+")
    assert before != code_version()
    job.write_text("one = 2\n")
    assert code_version(job) != before


def test_code_in_every_folder_counts_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    code = tmp_path / "room" / "one.py"
    code.write_text("one = 1\n")
    before = digest_of(tmp_path)
    (tmp_path / "room" / "one.pyc").write_text("compiled")
    assert digest_of(tmp_path) == before
    code.write_text("one = 2\n")
    changed = digest_of(tmp_path)
    code.rename(tmp_path / "room" / "two.py")
    assert len({before, changed, digest_of(tmp_path)}) == 3
