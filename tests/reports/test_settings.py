import json
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cdp_spark.reports import ReportsSettings

_CONF = Path(__file__).parents[2] / "conf" / "reports.yaml"


def test_the_project_conf_is_accepted() -> None:
    written = yaml.safe_load(_CONF.read_text())["reports"]
    assert ReportsSettings.model_validate_json(json.dumps(written)).smallest_group == 5


@pytest.mark.parametrize("given", [{"smallest_group": 1}, {"days": 367}, {"title": ""}])
def test_a_page_that_would_show_single_persons_or_too_much_is_refused(
    given: dict[str, object],
) -> None:
    written = {"title": "x", "days": 30, "smallest_group": 5} | given
    with pytest.raises(ValidationError):
        ReportsSettings.model_validate_json(json.dumps(written))
