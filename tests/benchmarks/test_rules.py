from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdp_spark.settings import load
from cdp_spark.silver.settings import QualitySettings
from tests.benchmarks.rules import RULES, main
from tests.conftest import PROJECT


def test_thirty_rules_of_every_verb_that_settings_take() -> None:
    assert len(RULES) == 30
    assert {rule.on_violation for rule in RULES} == {"warn", "drop", "quarantine", "fail"}
    assert QualitySettings(rules=RULES).rules == RULES
    shipped = load(PROJECT / "conf").quality.rules
    assert {rule.name for rule in shipped}.isdisjoint(rule.name for rule in RULES)


# Seven runs of jobs: by hand, with `pytest -m bench tests/benchmarks`.
@pytest.mark.bench
def test_the_last_line_is_one_json_object_with_both_ways(
    run_benchmark: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    figures = run_benchmark(main, 500, tmp_path)
    assert (figures["benchmark"], figures["rules"]) == ("rules", 30)
    assert set(figures["seconds"]) == {"start", "ours", "plain", "first", "first_plain"}
    assert set(figures["ratios"]) == {"plain"}
