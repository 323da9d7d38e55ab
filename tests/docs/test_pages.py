"""Pages for readers: links lead somewhere, and marked commands run as written."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from tests.conftest import PROJECT
from tests.jobs.worlds import small_settings

PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")])
_BLOCK = re.compile(r"^```sh runnable\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
_README_LINES = 150
_ORDERS = """order_id,ordered_at,customer_email,phone,amount,currency
1001,2025-08-01T09:12:00Z,ana@shop.example,+40721000001,120.50,EUR
1002,2025-08-02T10:00:00Z,ben@shop.example,+40721000002,80.00,EUR
1003,2025-08-05T18:30:00Z,ana@shop.example,+40721000001,15.00,EUR
"""


def _commands(page: Path) -> list[str]:
    lines = "".join(_BLOCK.findall(page.read_text(encoding="utf-8"))).splitlines()
    return [bare for line in lines if (bare := line.partition("#")[0].strip())]


RUNNABLE = [page for page in PAGES if _commands(page) and page.name != "quickstart.md"]


def _run(line: str) -> None:
    """Run one line of a page: `cdp` in this process, and the few commands about files."""
    for command in line.split("&&"):
        match shlex.split(command):
            case ["cdp", *words]:
                done = CliRunner().invoke(app, words)
                shown = f"{line}: {done.output[-2000:]} {done.exception!r}"
                assert done.exit_code == 0, shown
            case ["cd", folder]:
                assert Path(folder).is_dir(), line
                pytest.MonkeyPatch().chdir(folder)
            case ["mkdir", "-p", folder]:
                Path(folder).mkdir(parents=True, exist_ok=True)
            case ["cp", file, folder]:
                shutil.copy(file, folder)
            case other:
                pytest.fail(f"{line}: no way to run {other}")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The working folder of a reader; the test's own comes back afterwards."""
    before = Path.cwd()
    patch = pytest.MonkeyPatch()
    patch.chdir(tmp_path)
    patch.delenv("CDP_HOME", raising=False)
    yield tmp_path
    patch.undo()
    pytest.MonkeyPatch().chdir(before)


@pytest.fixture(scope="module")
def demo(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which the demo ran, of a few people and models."""
    assert spark is not None
    folder = tmp_path_factory.mktemp("docs") / "project"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    small = small_settings(folder / ".lake" / "world", people=30, days=130)
    for section in ("world", "features", "models", "audiences"):
        text = yaml.safe_dump(
            {section: getattr(small, section).model_dump(mode="json", by_alias=True)}
        )
        (folder / "conf" / f"{section}.yaml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("CDP_HOME", raising=False)
        done = CliRunner().invoke(app, ["demo", "--lake", ".lake/world"])
    assert done.exit_code == 0, f"{done.output[-3000:]} {done.exception!r}"
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    targets = [match[0] for match in _LINK.findall(page.read_text(encoding="utf-8"))]
    files = [target for target in targets if "://" not in target]
    assert [file for file in files if not (page.parent / file).exists()] == []


def test_the_readme_fits_its_limit() -> None:
    lines = (PROJECT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= _README_LINES


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_commands_of_a_page_run_as_written_on_the_lake_of_the_demo(
    page: Path, demo: Path, home: Path
) -> None:
    assert home.is_dir()
    pytest.MonkeyPatch().chdir(demo)
    for line in _commands(page):
        _run(line)


@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md"])
def test_a_file_of_ones_own_becomes_customers(spark: SparkSession, home: Path, page: str) -> None:
    assert spark is not None
    (home / "orders.csv").write_text(_ORDERS)
    text = (PROJECT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh own-data\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for line in "".join(blocks).splitlines():
        if bare := line.partition("#")[0].strip():
            _run(bare)
    found = CliRunner().invoke(app, ["explain", "customer", "email:ana@shop.example"])
    assert found.exit_code == 0, found.output
