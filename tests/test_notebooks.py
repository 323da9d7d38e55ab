import ast
import json
import runpy
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from cdp_spark.commands.main import app
from cdp_spark.lake import Lake
from cdp_spark.lake.storage import version_of
from cdp_spark.launch import Options, job_named, run_job
from cdp_spark.settings import load
from cdp_spark.tables.catalogue import TABLES
from cdp_spark.tables.gold import CUSTOMER, SCORE
from cdp_spark.tables.identity import LINK
from cdp_spark.tables.sample import sample
from tests.conftest import PROJECT
from tests.jobs.worlds import hashes

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("[0-9]*.py"))
_CONFIDENCES = (0.99, 0.95, 0.85)
_PEOPLE = 100
_LONGEST_DEF = 5


def _customer(n: int) -> dict[str, Any]:
    return {
        "customer_id": f"person-{n}",
        "email": f"person-{n}@mail.example",
        "first_name": "Ada",
        "is_known": n < _PEOPLE,
        "identifier_count": 1 + n // 10 % 3,
        "order_count": 1,
        "net_amount": Decimal(1000 - n),
    }


def _links(n: int) -> list[dict[str, Any]]:
    return [
        {"customer_id": f"person-{n}", "identifier_key": f"key-{n}-{at}", "confidence": one}
        for at, one in enumerate(_CONFIDENCES[: 1 + n // 10 % 3])
    ]


def _score(n: int, day: date, score: float) -> dict[str, Any]:
    return {"customer_id": f"person-{n}", "as_of_on": day, "model": "churn", "score": score}


@pytest.fixture
def filled(spark: SparkSession, open_lake: Callable[..., Lake]) -> Lake:
    """100 known customers and ten devices; the day before their scores were all one."""
    everyone = range(_PEOPLE + 10)
    days = {date(2025, 1, 30): [1.0] * len(everyone)}
    days[date(2025, 1, 31)] = [n / 200 for n in everyone]
    scores = [_score(n, day, scores[n]) for day, scores in days.items() for n in everyone]
    lake = open_lake()
    lake.publish(
        {
            CUSTOMER: sample(spark, CUSTOMER, *[_customer(n) for n in everyone]),
            LINK: sample(spark, LINK, *[link for n in everyone for link in _links(n)]),
            SCORE: sample(spark, SCORE, *scores),
        }
    )
    return lake


@pytest.fixture
def figures(
    spark: SparkSession, filled: Lake, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], list[Figure]]]:
    """Runs a notebook on the lake; what it set in the session is set back."""
    monkeypatch.setenv("CDP_LAKE", filled.root)
    name = "spark.sql.shuffle.partitions"
    before = spark.conf.get(name)
    mpl.use("Agg")

    def run(notebook: Path) -> list[Figure]:
        runpy.run_path(str(notebook), run_name="__main__")
        return [plt.figure(number) for number in plt.get_fignums()]

    yield run
    plt.close("all")
    spark.conf.set(name, str(before))


def _heights(figure: Figure, axes: int = 0) -> list[float]:
    return [bar.get_height() for bar in figure.axes[axes].patches]  # type: ignore[attr-defined]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asks_one_question_and_defines_nothing_long(notebook: Path) -> None:
    text = notebook.read_text(encoding="utf-8")
    head = text.split("# %%")[1]
    assert head.startswith(" [markdown]\n# # ")
    assert head.splitlines()[1].endswith("?")
    functions = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)]
    long = [one.name for one in functions if len(one.body) > _LONGEST_DEF]
    assert long == []


def _draws_and_shows_no_person(drawn: list[Figure], shown: str) -> None:
    assert len(drawn) == 2
    assert all(axes.has_data() for figure in drawn for axes in figure.axes)
    texts = [text.get_text() for figure in drawn for text in figure.findobj(Text)]
    for personal in ("@", "Ada", "person-"):
        assert not any(personal in text for text in (shown, *texts))


def test_who_are_our_customers_shows_the_lake_and_does_not_change_it(
    figures: Callable[[Path], list[Figure]], filled: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {table.name: version_of(filled.root, table) for table in TABLES.values()}
    people, value = drawn = figures(NOTEBOOKS[0])
    assert sorted(_heights(people), reverse=True)[:3] == [40, 30, 30]
    assert sum(_heights(people)) == _PEOPLE
    assert _heights(value)[0] == sum(1000 - n for n in range(10))
    medians = np.asarray(value.axes[1].lines[0].get_ydata(), dtype=float).tolist()
    assert medians[0] == pytest.approx(4.5 / 200)
    assert medians == sorted(medians)
    out, err = capsys.readouterr()
    assert "100 known customers, 40% of them sure by every link" in out
    assert "first decile brings 10% of the revenue" in out
    _draws_and_shows_no_person(drawn, out + err)
    assert before == {table.name: version_of(filled.root, table) for table in TABLES.values()}
    assert filled.spark.range(3).count() == 3


def test_was_this_merge_right_takes_a_wrong_one_back_and_gold_follows(
    spark: SparkSession,
    figures: Callable[[Path], list[Figure]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", lambda **_: str(tmp_path / "shop"))
    drawn = figures(NOTEBOOKS[1])
    out, err = capsys.readouterr()
    assert "merged: 2 identifiers went to another customer" in out
    assert "It was wrong: 1 event joined them" in out
    assert "their orders are 40 and 60 EUR" in out
    plan = "{'merged': 0, 'split': 1, 'customers': 1, 'known': 2, 'downstream': {'gold.activity': "
    assert plan in out
    _draws_and_shows_no_person(drawn, out + err)

    writes = {line["job"]: line["writes"] for line in map(json.loads, _runs(err))}
    counts = writes["build_customers"]["gold.customer"]
    assert (counts["inserted_count"], counts["updated_count"], counts["deleted_count"]) == (1, 1, 0)
    assert "silver.event" not in writes["refine_events"]
    root = tmp_path / "shop" / "lake"
    found = CliRunner().invoke(app, ["verify", "--identity", "--lake", str(root)])
    assert found.exception is None
    assert _gold(spark, root) == _rebuilt_gold(spark, root, tmp_path / "rebuilt")


def _runs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith('{"job"')]


def _gold(spark: SparkSession, root: Path) -> dict[str, tuple[int, Decimal]]:
    found = hashes(spark, root, date(2025, 3, 1))
    return {name: sums for name, sums in found.items() if name.startswith("gold.")}


def _rebuilt_gold(spark: SparkSession, root: Path, rebuilt: Path) -> dict[str, tuple[int, Decimal]]:
    """Gold built from nothing on the same silver and identity."""
    shutil.copytree(root, rebuilt, ignore=shutil.ignore_patterns("gold", "governance", "ops"))
    settings = load(PROJECT / "conf")
    project = settings.project.model_copy(update={"lake": str(rebuilt)})
    settings = settings.model_copy(update={"project": project})
    run_job(job_named("build_customers", PROJECT), spark, settings, Options(date(2025, 3, 1)))
    return _gold(spark, rebuilt)
