import json
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cdp_spark.audiences import AudiencesSettings

_CONF = Path(__file__).parents[2] / "conf"


@pytest.mark.parametrize("file", ["audiences.yaml", "retail/audiences.yaml"])
def test_the_project_conf_is_accepted(file: str) -> None:
    written = yaml.safe_load((_CONF / file).read_text())["audiences"]
    settings = AudiencesSettings.model_validate_json(json.dumps(written))
    assert list(settings.segments) == ["win_back"]


def test_a_segment_name_is_a_plain_word() -> None:
    rule = {"trait": "order_count", "op": ">=", "value": 1}
    written = {"segments": {"Win back!": {"description": "x", "rule": rule}}}
    with pytest.raises(ValidationError, match="pattern"):
        AudiencesSettings.model_validate_json(json.dumps(written))


def test_settings_written_out_and_read_again_are_equal() -> None:
    leaf = {"trait": "order_count", "op": ">=", "value": 1}
    rule = {
        "any": [{"not": leaf}, {"all": [leaf, {"field": "country", "op": "in", "value": ["X"]}]}]
    }
    written = {"segments": {"all_of_them": {"description": "x", "rule": rule}}}
    settings = AudiencesSettings.model_validate_json(json.dumps(written))
    assert json.loads(settings.model_dump_json(by_alias=True)) == written
