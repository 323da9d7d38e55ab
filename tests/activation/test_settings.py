import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from cdp_spark.activation import ActivationSettings

_CONF = Path(__file__).parents[2] / "conf" / "activation.yaml"


def changed(**given: Any) -> str:
    written = yaml.safe_load(_CONF.read_text())["activation"]
    written["destinations"]["crm_csv"] |= given
    return json.dumps(written)


def test_the_project_conf_is_valid_and_sends_no_contact_in_the_clear() -> None:
    settings = ActivationSettings.model_validate_json(changed())
    assert settings.destinations["crm_csv"].purpose == "marketing"
    assert not {"email", "phone"} & set(settings.destinations["crm_csv"].columns)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "fax"}, "expected one of csv, found 'fax'"),
        ({"columns": ["email", "email"]}, "found email twice"),
        ({"columns": ["birth_on"]}, "'customer_id', 'segment'"),
        ({"purpose": ""}, "pattern"),
        ({"assume_consent": True}, "Extra inputs"),
    ],
)
def test_a_fault_names_what_was_expected(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ActivationSettings.model_validate_json(changed(**given))
